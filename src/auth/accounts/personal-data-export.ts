import type { Failure } from '../../errors.js';
import { createConcurrencyLimiter } from '../../security/passwords/concurrency-limiter.js';
import type { Store } from '../../store/store.js';
import type { PersonalDataCounts } from '../../store/tables/personal-data.js';
import type { SecurityEventRecord } from '../../store/tables/security-events.js';
import type { UserRecord } from '../../store/tables/users.js';
import { EXPORT_ROWS_MAX, EXPORT_EVENTS_MAX, EXPORT_MAX_BYTES, EXPORT_COUNT_MAX } from '../../values/policy.js';
import type { Administrator } from '../administrators/administrator.js';
import type { UserChanges } from '../administrators/user-changes.js';
import type { ExportApplicationData } from '../application/exported-data.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import type { ConfirmPassword } from '../password-checks/password-confirmation.js';
import type { RateLimited } from '../rate-limits/rate-limits.js';
import { holdSession } from '../sessions/hold-session.js';
import type { Change } from '../unit-of-work.js';

/** An export keeps thousands of rows in memory, so each instance runs one at a time and lets at most this many wait. */
const QUEUE_LENGTH = 20;

/** Formats an event for its subject. Of any other actor it contains only the kind, never the identity or the network. */
const exportEvent = (event: SecurityEventRecord, userId: string, isOwner: boolean) => {
  const { id, type, actorKind, sessionId, detail, createdAt, network, userAgent, correlationId } = event;
  const isOwn = event.actorId === userId || (actorKind === 'anonymous' && isOwner);
  const from = isOwn ? { network, userAgent, correlationId } : {};
  return { id, type, actorKind, sessionId, detail, createdAt, ...from };
};

/** Truncates lists so that together they do not exceed `bytesMax` as JSON. */
const createListTruncator = (bytesMax: number) => {
  let bytes = 0;
  return <T>(rows: readonly T[]): T[] => {
    const end = rows.findIndex((row) => (bytes += Buffer.byteLength(JSON.stringify(row))) > bytesMax);
    return end === -1 ? [...rows] : rows.slice(0, end);
  };
};

/** Counts the rows that are left out of each list. Complete lists are absent. */
const countOmitted = (
  lists: Readonly<Record<keyof PersonalDataCounts, readonly unknown[]>>,
  counts: PersonalDataCounts,
) =>
  Object.fromEntries(
    (Object.keys(lists) as (keyof PersonalDataCounts)[])
      .map((name) => [name, counts[name] - lists[name].length] as const)
      .filter(([, omitted]) => omitted > 0),
  );

/**
 * Exports everything that is stored about a user and describes no one else, as JSON text without secrets: of a password
 * only its scheme and its date. Until the address is verified, data that was received without a login counts as another
 * person's.
 *
 * The export is bounded: 10,000 events, 1,000 rows of every other list and 4 MiB in total, live sessions first and then
 * the newest rows. Where rows are left out, `omitted` gives their number, counted up to 100,000 per list. The data that
 * the application adds has a limit of its own.
 *
 * @see GDPR articles 15 and 20
 */
export const createPersonalDataExport = ({
  change,
  store,
  clock,
  confirmPassword,
  userChanges: { changeUser },
  exportApplicationData,
}: {
  readonly change: Change;
  readonly store: Pick<
    Store,
    | 'personalData'
    | 'knownDevices'
    | 'deviceTokens'
    | 'securityEvents'
    | 'sessions'
    | 'oneTimeTokens'
    | 'signUps'
    | 'passwordCredentials'
  >;
  readonly clock: () => Date;
  readonly confirmPassword: ConfirmPassword;
  readonly userChanges: UserChanges;
  readonly exportApplicationData: ExportApplicationData;
}) => {
  const limiter = createConcurrencyLimiter({ concurrency: 1, queue: QUEUE_LENGTH });

  const exportUser = async ({ emailCanonical, ...account }: UserRecord, application: unknown): Promise<string> => {
    const userId = account.id;
    const isOwner = account.emailVerifiedAt !== null;
    // Counted before the lists are read, so that rows added meanwhile do not count as omitted.
    const counts = await store.personalData.count(userId, isOwner ? emailCanonical : '', EXPORT_COUNT_MAX);
    const truncate = createListTruncator(EXPORT_MAX_BYTES);
    const devices = await store.knownDevices.listByUser(userId, EXPORT_ROWS_MAX);
    const events = await store.securityEvents.listBySubject(userId, EXPORT_EVENTS_MAX);
    const lists = {
      sessions: truncate(await store.sessions.listAll(userId, EXPORT_ROWS_MAX)),
      knownDevices: truncate(
        devices.map(({ userId: _owner, device, ...times }) => ({ device: device ?? '', ...times })),
      ),
      deviceTokens: truncate(await store.deviceTokens.listByUser(userId, EXPORT_ROWS_MAX)),
      links: truncate(await store.oneTimeTokens.listByUser(userId, EXPORT_ROWS_MAX)),
      signUps: truncate(isOwner ? await store.signUps.listByAddress(emailCanonical, EXPORT_ROWS_MAX) : []),
      events: truncate(events.map((event) => exportEvent(event, userId, isOwner))),
    };
    const omitted = countOmitted(lists, counts);
    const data = {
      exportedAt: clock(),
      ...(Object.keys(omitted).length > 0 && { omitted }),
      account,
      password: await store.passwordCredentials.describe(userId),
      ...lists,
      // Absent if the application has no hook for it, because JSON has no undefined.
      application,
    };
    return JSON.stringify(data);
  };

  return {
    /**
     * Exports the caller's own data. The password is required again, because a thief with an open session would otherwise
     * get all of the data at once.
     *
     * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime, SERVER_BUSY when too many exports wait
     */
    async exportMyData(
      caller: UserCaller,
      password: string,
      client: Client,
    ): Promise<{ json: string } | Failure<'INVALID_CREDENTIALS'> | RateLimited> {
      const confirmed = await confirmPassword(caller, password, client);
      if ('failure' in confirmed) return confirmed;
      return limiter.run(async () => {
        const actor = actorOf(caller, client);
        const application = await exportApplicationData(caller.userId, actor);
        await change(actor, async (tx) => {
          await holdSession(tx, caller);
          tx.audit.record({ type: 'DATA_EXPORTED', subjectId: caller.userId });
        });
        return { json: await exportUser(confirmed.user, application) };
      });
    },

    /** Exports the data of a user who asked an operator for it. */
    exportUserData: (userId: string, actor: Administrator): Promise<{ json: string } | Failure<'NOT_FOUND'>> =>
      limiter.run(async () => {
        const application = await exportApplicationData(userId, actor);
        const user = await changeUser(userId, actor, (tx, found) => {
          tx.audit.record({ type: 'DATA_EXPORTED', subjectId: userId });
          return Promise.resolve(found);
        });
        return 'failure' in user ? user : { json: await exportUser(user, application) };
      }),
  };
};
