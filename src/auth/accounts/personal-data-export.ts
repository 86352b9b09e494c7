import type { Failure } from '../../errors.js';
import type { SecurityEventRecord } from '../../store/tables/security-events.js';
import { createConcurrencyLimiter } from '../../security/passwords/concurrency-limiter.js';
import type { Store } from '../../store/store.js';
import type { PersonalDataCounts } from '../../store/tables/personal-data.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client, UserCaller } from '../caller.js';
import { actorOf } from '../audit/security-events.js';
import type { ConfirmPassword } from '../password-checks/confirmation.js';
import { holdSession } from '../sessions/hold-session.js';
import type { Change } from '../unit-of-work.js';
import { EXPORT_ROWS_MAX, EXPORT_EVENTS_MAX, EXPORT_MAX_BYTES, EXPORT_COUNT_MAX } from '../../values/policy.js';

/** An export holds thousands of rows in memory: one at a time for each instance, and so many that wait. */
const QUEUE = 20;

/** An event as its subject may read it: of who else acted, what kind it was, never who or from where. */
const exportEvent = (event: SecurityEventRecord, userId: string, isOwner: boolean) => {
  const { id, type, actorKind, sessionId, detail, createdAt, network, userAgent, correlationId } = event;
  const isOwn = event.actorId === userId || (actorKind === 'anonymous' && isOwner);
  const from = isOwn ? { network, userAgent, correlationId } : {};
  return { id, type, actorKind, sessionId, detail, createdAt, ...from };
};

/** Truncates lists so that all of them together do not exceed `bytesMax`, as JSON. */
const createCut = (bytesMax: number) => {
  let bytes = 0;
  return <T>(rows: readonly T[]): T[] => {
    const end = rows.findIndex((row) => (bytes += Buffer.byteLength(JSON.stringify(row))) > bytesMax);
    return end === -1 ? [...rows] : rows.slice(0, end);
  };
};

/** How many rows of each list are left out. Complete lists are absent. */
const omittedFrom = (
  lists: Readonly<Record<keyof PersonalDataCounts, readonly unknown[]>>,
  counts: PersonalDataCounts,
) =>
  Object.fromEntries(
    (Object.keys(lists) as (keyof PersonalDataCounts)[])
      .map((name) => [name, counts[name] - lists[name].length] as const)
      .filter(([, omitted]) => omitted > 0),
  );

/**
 * Everything that is stored about a user and describes nobody else, as JSON text, without secrets: of a password only its
 * scheme and its date. Before the address is proved, what came without a login counts as somebody else's.
 * It is bounded: 10,000 events, 1,000 rows of every other list, 4 MiB of all, live sessions first and then the newest. Where
 * rows are left out, `omitted` says how many, counted up to 100,000 of a list.
 * The password is asked again, because a thief at an open session would have it all at once.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime, SERVER_BUSY when too many wait
 * @see GDPR articles 15 and 20
 */
export const createPersonalDataExport = ({
  change,
  store,
  clock,
  confirmPassword,
}: {
  readonly change: Change;
  readonly store: Pick<
    Store,
    | 'personalData'
    | 'knownDevices'
    | 'securityEvents'
    | 'sessions'
    | 'oneTimeTokens'
    | 'signUps'
    | 'passwordCredentials'
  >;
  readonly clock: () => Date;
  readonly confirmPassword: ConfirmPassword;
}) => {
  const limiter = createConcurrencyLimiter({ concurrency: 1, queue: QUEUE });

  const exportUser = async ({ emailCanonical, ...account }: UserRecord): Promise<string> => {
    const userId = account.id;
    const isOwner = account.emailVerifiedAt !== null;
    // Counted before the lists are read, so that rows added meanwhile do not count as omitted.
    const counts = await store.personalData.count(userId, isOwner ? emailCanonical : '', EXPORT_COUNT_MAX);
    const cut = createCut(EXPORT_MAX_BYTES);
    const devices = await store.knownDevices.listByUser(userId, EXPORT_ROWS_MAX);
    const events = await store.securityEvents.listBySubject(userId, EXPORT_EVENTS_MAX);
    const lists = {
      sessions: cut(await store.sessions.listAll(userId, EXPORT_ROWS_MAX)),
      knownDevices: cut(devices.map(({ userId: _owner, device, ...times }) => ({ device: device ?? '', ...times }))),
      links: cut(await store.oneTimeTokens.listByUser(userId, EXPORT_ROWS_MAX)),
      signUps: cut(isOwner ? await store.signUps.listByAddress(emailCanonical, EXPORT_ROWS_MAX) : []),
      events: cut(events.map((event) => exportEvent(event, userId, isOwner))),
    };
    const omitted = omittedFrom(lists, counts);
    const data = {
      exportedAt: clock(),
      ...(Object.keys(omitted).length > 0 && { omitted }),
      account,
      password: await store.passwordCredentials.describe(userId),
      ...lists,
    };
    return JSON.stringify(data);
  };

  return async (
    caller: UserCaller,
    password: string,
    client: Client,
  ): Promise<{ json: string } | Failure<'INVALID_CREDENTIALS'>> => {
    const confirmed = await confirmPassword(caller, password, client);
    if ('failure' in confirmed) return confirmed;
    return limiter.run(async () => {
      await change(actorOf(caller, client), async (tx) => {
        await holdSession(tx, caller);
        tx.audit.record({ type: 'DATA_EXPORTED', subjectId: caller.userId });
      });
      return { json: await exportUser(confirmed.user) };
    });
  };
};
