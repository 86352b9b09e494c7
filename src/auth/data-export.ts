import type { Failure } from '../errors.js';
import type { SecurityEventRecord } from '../store/events.js';
import type { Client, UserCaller } from './caller.js';
import type { AuthDependencies } from './dependencies.js';
import { actorOf, record } from './events.js';
import { holdSession } from './sessions.js';

/** Bounds the answer; of more events the newest are exported. */
const EVENTS_MAX = 10_000;

/** An event as its subject may read it: of who else acted, what kind it was, never who or from where. */
const exportEvent = (event: SecurityEventRecord, userId: string, isOwner: boolean) => {
  const { id, type, actorKind, sessionId, detail, createdAt, network, userAgent, correlationId } = event;
  const isOwn = event.actorId === userId || (actorKind === 'anonymous' && isOwner);
  const from = isOwn ? { network, userAgent, correlationId } : {};
  return { id, type, actorKind, sessionId, detail, createdAt, ...from };
};

/**
 * Everything that is held about a user and tells of nobody else, as JSON text, without secrets (of more than 10,000 events,
 * the newest): a password is there by its scheme and its date. Before the address is proved, what came without a login
 * counts as somebody else's.
 * The password is asked again, because a thief at an open session would have it all at once.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
 * @see GDPR articles 15 and 20
 */
export const createExportMyData =
  ({ store, clock, confirmPassword }: AuthDependencies) =>
  async (
    caller: UserCaller,
    password: string,
    client: Client,
  ): Promise<{ json: string } | Failure<'INVALID_CREDENTIALS'>> => {
    const confirmed = await confirmPassword(caller, password, client);
    if ('failure' in confirmed) return confirmed;
    const { userId } = caller;
    await store.transaction(async (tx) => {
      await holdSession(tx, caller);
      await record(tx, clock(), actorOf(caller, client), { type: 'DATA_EXPORTED', subjectId: userId });
    });
    const { emailCanonical, ...account } = confirmed.user;
    const isOwner = account.emailVerifiedAt !== null;
    const data = {
      exportedAt: clock(),
      account,
      password: await store.credentials.describe(userId),
      sessions: await store.sessions.listAll(userId),
      knownDevices: (await store.knownDevices.listByUser(userId)).map(({ userId: _owner, ...device }) => device),
      links: await store.oneTimeTokens.listByUser(userId),
      signUps: isOwner ? await store.signUps.listByAddress(emailCanonical) : [],
      events: (await store.events.listBySubject(userId, EVENTS_MAX)).map((event) =>
        exportEvent(event, userId, isOwner),
      ),
    };
    return { json: JSON.stringify(data, null, 2) };
  };
