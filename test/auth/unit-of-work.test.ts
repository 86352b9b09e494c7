import { createPrincipalCache, type PrincipalCache } from '../../src/auth/access/principal-cache.js';
import type { Actor, SecurityEvent } from '../../src/auth/audit/security-events.js';
import { createJobQueue, openJobPayload } from '../../src/auth/job-queue.js';
import { createChange, type Change, type UnitOfWork } from '../../src/auth/unit-of-work.js';
import { createApplicationMails } from '../../src/mail/application-mails.js';
import { createMailQueue, openQueuedMail } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import type { Store } from '../../src/store/store.js';
import { uuidv7 } from '../../src/values/uuid.js';
import { client } from '../support/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { untilMs } from '../support/patience.js';

const SYSTEM: Actor = { kind: 'system' };

const secretBox = createSecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]);

let database: TestDatabase;
let store: Store;
let principals: PrincipalCache;
let change: Change;
let wakeUps = 0;
let jobWakeUps = 0;

/** Lets echoes through and nothing else, so that only the unit of work itself can invalidate a principal. */
const echoesOnly = (notices: Store['principalNotices']): Store['principalNotices'] => ({
  subscribe: (listener) =>
    notices.subscribe({
      ...listener,
      onNotice: (payload) => {
        if (payload.startsWith('echo:')) listener.onNotice(payload);
      },
    }),
  publish: (payload) => notices.publish(payload),
});

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
  principals = createPrincipalCache({ ...store, principalNotices: echoesOnly(store.principalNotices) });
  const mailQueue = createMailQueue(secretBox, () => (wakeUps += 1));
  const jobQueue = createJobQueue(secretBox, ['a-job'], () => (jobWakeUps += 1));
  const applicationMails = createApplicationMails({
    'a-mail': { en: { subject: 'For {name}', paragraphs: ['Hello {name}'] } },
  });
  change = createChange({ store, mailQueue, jobQueue, applicationMails, principals, clock: () => new Date() });
});

afterAll(async () => {
  principals.close();
  await store.close();
  await database.drop();
});

let users = 0;
const newUser = () => {
  users += 1;
  const email = `user-${users}@example.com`;
  const id = uuidv7(new Date());
  const profile = { name: null, locale: null, roles: ['USER'], passwordHash: 'a hash' };
  return { id, email, emailCanonical: email, isVerified: false, origin: 'ADMINISTRATOR', ...profile } as const;
};

const newSession = (userId: string) => ({
  id: uuidv7(new Date()),
  userId,
  clientId: 'gatehouse',
  amr: ['pwd'],
  device: null,
  network: null,
  userAgent: null,
  idleTtlSeconds: 600,
  absoluteTtlSeconds: 600,
});

/** A user with a session whose principal is cached. */
const cachedUser = async () => {
  const user = await store.users.create(newUser());
  const session = await store.sessions.create(newSession(user.id));
  await untilMs(async () => {
    const before = principals.reads();
    await principals.find(session.id);
    await principals.find(session.id);
    return principals.reads() - before < 2;
  });
  return { userId: user.id, sessionId: session.id };
};

const isCached = async (sessionId: string): Promise<boolean> => {
  const before = principals.reads();
  await principals.find(sessionId);
  return principals.reads() === before;
};

const eventsOf = async (subjectId: string) =>
  (await store.securityEvents.listBySubject(subjectId, 10)).map(({ type, detail }) => ({ type, detail }));

interface Target {
  readonly userId: string;
  readonly sessionId: string;
}

/** Every write that changes who may do what; `count` is in the event where the write ends sessions. */
const writes: Record<string, (tx: UnitOfWork, target: Target, event: SecurityEvent) => Promise<unknown>> = {
  'userRoles.grant': (tx, { userId }, event) => tx.userRoles.grant(userId, ['ADMIN'], event),
  'userRoles.revoke': (tx, { userId }, event) => tx.userRoles.revoke(userId, ['USER'], event),
  'users.setDisabled': (tx, { userId }, event) => tx.users.setDisabled(userId, true, event),
  'passwordCredentials.set': (tx, { userId }, event) => tx.passwordCredentials.set(userId, 'another hash', event),
  'passwordCredentials.change': (tx, { userId }, event) =>
    tx.passwordCredentials.change(userId, 1, 'another hash', event),
  'sessions.revoke': (tx, { sessionId }, event) => tx.sessions.revoke(sessionId, event),
  'sessions.revokeOwn': (tx, { userId, sessionId }, event) => tx.sessions.revokeOwn(sessionId, userId, event),
  'sessions.revokeAll': (tx, { userId }, event) => tx.sessions.revokeAll(userId, event),
  'sessions.revokeOldest': (tx, { userId }, event) => tx.sessions.revokeOldest(userId, 0, () => event),
};

describe('a unit of work', () => {
  it.each(Object.entries(writes))('records the event of %s and invalidates the principal', async (_name, write) => {
    const target = await cachedUser();
    expect(await isCached(target.sessionId)).toBe(true);
    await change(SYSTEM, (tx) => write(tx, target, { type: 'KEYS_RESEALED', subjectId: target.userId }));
    expect(await isCached(target.sessionId)).toBe(false);
    expect(await eventsOf(target.userId)).toMatchObject([{ type: 'KEYS_RESEALED' }]);
  });

  it('records the event of users.create and of bulkUsers.add', async () => {
    const user = newUser();
    await change(SYSTEM, (tx) => tx.users.create(user, { type: 'USER_CREATED', subjectId: user.id }));
    expect(await eventsOf(user.id)).toMatchObject([{ type: 'USER_CREATED' }]);

    const { id, email, emailCanonical, name, locale, roles, passwordHash } = newUser();
    const state = { createdAt: new Date(), verified: true, disabled: false };
    const row = { id, email, emailCanonical, name, locale, roles, passwordHash, ...state };
    const event = { type: 'USERS_IMPORTED', subjectId: user.id } as const;
    await change(SYSTEM, (tx) => tx.bulkUsers.add([row], event));
    expect(await eventsOf(user.id)).toMatchObject([{ type: 'USERS_IMPORTED', detail: { count: 1 } }, {}]);
  });

  it('records the event of users.remove and invalidates the principal', async () => {
    const { userId, sessionId } = await cachedUser();
    const witness = await store.users.create(newUser());
    await change(SYSTEM, (tx) => tx.users.remove(userId, { type: 'USER_ERASED', subjectId: witness.id }));
    expect(await isCached(sessionId)).toBe(false);
    expect(await eventsOf(witness.id)).toMatchObject([{ type: 'USER_ERASED' }]);
  });

  it('does not compile when such a write has no event', () => {
    const withoutEvent = (tx: UnitOfWork): unknown[] => [
      // @ts-expect-error the event is missing
      tx.users.create(newUser()),
      // @ts-expect-error the event is missing
      tx.userRoles.grant('id', ['ADMIN']),
      // @ts-expect-error the event is missing
      tx.userRoles.revoke('id', ['ADMIN']),
      // @ts-expect-error the event is missing
      tx.users.setDisabled('id', true),
      // @ts-expect-error the event is missing
      tx.users.remove('id'),
      // @ts-expect-error the event is missing
      tx.passwordCredentials.set('id', 'hash'),
      // @ts-expect-error the event is missing
      tx.passwordCredentials.change('id', 1, 'hash'),
      // @ts-expect-error the event is missing
      tx.sessions.revoke('id'),
      // @ts-expect-error the event is missing
      tx.sessions.revokeOwn('id', 'id'),
      // @ts-expect-error the event is missing
      tx.sessions.revokeAll('id'),
      // @ts-expect-error the event is missing
      tx.sessions.revokeOldest('id', 0),
      // @ts-expect-error the event is missing
      tx.bulkUsers.add([]),
      // @ts-expect-error events are recorded through `audit`
      tx.securityEvents.add,
    ];
    expect(withoutEvent).toBeInstanceOf(Function);
  });

  it('records an event once, however many of its writes name it, and adds up what they ended', async () => {
    const { userId } = await cachedUser();
    await store.sessions.create(newSession(userId));
    await change(SYSTEM, async (tx) => {
      const event = { type: 'PASSWORD_RESET', subjectId: userId } as const;
      tx.audit.record(event);
      await tx.passwordCredentials.set(userId, 'another hash', event);
      await tx.sessions.revokeAll(userId, event);
    });
    expect(await eventsOf(userId)).toEqual([{ type: 'PASSWORD_RESET', detail: { count: 2 } }]);
  });

  it('records nothing for a write that changed nothing', async () => {
    const { userId, sessionId } = await cachedUser();
    await store.sessions.revokeAll(userId);
    const event = { type: 'SESSION_REVOKED', subjectId: userId } as const;
    await change(SYSTEM, async (tx) => {
      await tx.sessions.revoke(sessionId, event);
      await tx.sessions.revokeOwn(sessionId, userId, event);
      await tx.sessions.revokeAll(userId, event);
      await tx.sessions.revokeOldest(userId, 0, () => event);
      await tx.users.setDisabled(userId, false, event);
      await tx.passwordCredentials.change(userId, 7, 'another hash', event);
      await tx.bulkUsers.add([], event);
    });
    expect(await eventsOf(userId)).toEqual([]);
  });

  it('leaves neither events nor emails behind when it fails, but invalidates the principal: COMMIT may have been carried out', async () => {
    const { userId, sessionId } = await cachedUser();
    const before = wakeUps;
    const failing = change(SYSTEM, async (tx) => {
      await tx.sessions.revokeAll(userId, { type: 'SESSIONS_REVOKED', subjectId: userId });
      await tx.mail.send({ email: 'owner@example.com', locale: null }, { template: 'password-changed' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await eventsOf(userId)).toEqual([]);
    expect(await database.query('SELECT FROM auth_queue_entry')).toEqual([]);
    expect(await isCached(sessionId)).toBe(false);
    expect(wakeUps).toBe(before + 1);
  });

  it('queues its emails in its transaction, and wakes the mail queue once, after the commit', async () => {
    const before = wakeUps;
    let during = 0;
    await change({ kind: 'anonymous', client: { ...client, language: 'de' } }, async (tx) => {
      await tx.mail.send({ email: 'owner@example.com', locale: null }, { template: 'password-changed' });
      await tx.mail.send({ email: 'owner@example.com', locale: 'en' }, { template: 'password-changed' });
      during = wakeUps;
    });
    expect([during, wakeUps]).toEqual([before, before + 1]);
    expect(await database.query('SELECT FROM auth_queue_entry')).toHaveLength(2);
  });

  it('queues an email in the language of its recipient, or in that of the client if the actor may be the recipient', async () => {
    const user = await store.users.create(newUser());
    const german = { ...client, language: 'de' };
    const localeFrom = async (actor: Actor, recipient: { id?: string; locale: string | null }) => {
      await database.query('DELETE FROM auth_queue_entry');
      const email = 'owner@example.com';
      await change(actor, (tx) => tx.mail.send({ ...recipient, email }, { template: 'password-changed' }));
      const [entry] = await store.queueEntries.list(1, null);
      return entry && openQueuedMail(secretBox, entry).locale;
    };
    const self = { kind: 'user', userId: user.id, client: german } as const;
    expect(await localeFrom(self, { id: user.id, locale: null })).toBe('de');
    expect(await localeFrom(self, { id: user.id, locale: 'en' })).toBe('en');
    expect(await localeFrom(self, { id: uuidv7(new Date()), locale: null })).toBeNull();
    expect(await localeFrom(self, { locale: null })).toBeNull();
    expect(await localeFrom({ kind: 'anonymous', client: german }, { locale: null })).toBe('de');
    expect(await localeFrom({ kind: 'operator', name: 'root' }, { id: user.id, locale: null })).toBeNull();
  });

  it('queues a job of the application in its transaction, sealed, and wakes the worker once, after the commit', async () => {
    await database.query('DELETE FROM auth_queue_entry');
    const before = jobWakeUps;
    let during = 0;
    await change(SYSTEM, async (tx) => {
      await tx.jobs.enqueue('a-job', { name: 'Ada' });
      await tx.jobs.enqueue('a-job', null, { afterSeconds: 3600 });
      during = jobWakeUps;
    });
    expect([during, jobWakeUps]).toEqual([before, before + 1]);
    const entries = await store.queueEntries.list(2, null);
    const [now, later] = entries.sort((a, b) => a.deliverAfter.getTime() - b.deliverAfter.getTime());
    expect(JSON.stringify(now)).not.toContain('Ada');
    expect(now && openJobPayload(secretBox, now)).toEqual({ name: 'Ada' });
    expect(now?.topic).toBe('app:a-job');
    expect((later?.deliverAfter.getTime() ?? 0) - (now?.deliverAfter.getTime() ?? 0)).toBe(3_600_000);
  });

  it('queues no job that does not exist, no payload that JSON would change, and none of a transaction that fails', async () => {
    await database.query('DELETE FROM auth_queue_entry');
    const enqueue = (job: string, payload: unknown, afterSeconds?: number) =>
      change(SYSTEM, (tx) => tx.jobs.enqueue(job, payload, afterSeconds === undefined ? {} : { afterSeconds }));
    await expect(enqueue('another-job', null)).rejects.toThrow('src/app/jobs.ts has no job "another-job"');
    await expect(enqueue('a-job', { at: [new Date()] })).rejects.toThrow(
      '"a-job" cannot be queued. $.at[0] is not JSON.',
    );
    await expect(enqueue('a-job', undefined)).rejects.toThrow('$ is not JSON.');
    await expect(enqueue('a-job', null, -1)).rejects.toThrow('afterSeconds');
    const failing = change(SYSTEM, async (tx) => {
      await tx.jobs.enqueue('a-job', null);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.query('SELECT FROM auth_queue_entry')).toEqual([]);
  });

  it('queues a mail of the application to a user, and none to a user who does not exist', async () => {
    await database.query('DELETE FROM auth_queue_entry');
    const user = await store.users.create(newUser());
    const send = (userId: string) =>
      change(SYSTEM, (tx) => tx.mail.sendApplicationMail({ userId }, 'a-mail', { name: 'Ada' }));
    expect(await send(user.id)).toBe(true);
    const [entry] = await store.queueEntries.list(1, null);
    expect(entry && openQueuedMail(secretBox, entry)).toEqual({
      to: user.email,
      locale: null,
      message: { template: 'application', mail: 'a-mail', values: { name: 'Ada' } },
    });
    await database.query('DELETE FROM auth_queue_entry');
    expect(await send(uuidv7(new Date()))).toBe(false);
    expect(await send('not an id')).toBe(false);
    expect(await database.query('SELECT FROM auth_queue_entry')).toEqual([]);
  });

  it('queues a mail of the application to an address, unless it is malformed', async () => {
    const send = (email: string) =>
      change(SYSTEM, (tx) => tx.mail.sendApplicationMail({ email, locale: 'de' }, 'a-mail', { name: 'Ada' }));
    expect(await send(' ada@example.com')).toBe(true);
    const [entry] = await store.queueEntries.list(1, null);
    expect(entry && openQueuedMail(secretBox, entry)).toMatchObject({ to: 'ada@example.com', locale: 'de' });
    await expect(send('ada@example.com, bob@example.com')).rejects.toThrow('not an email address');
  });

  it('names the actor in its events, or the one that an event names', async () => {
    const user = await store.users.create(newUser());
    await change({ kind: 'operator', name: 'root' }, (tx) => {
      tx.audit.record({ type: 'USER_ENABLED', subjectId: user.id });
      tx.audit.record({ type: 'USER_DISABLED', subjectId: user.id, actor: SYSTEM });
      return Promise.resolve();
    });
    const events = await store.securityEvents.listBySubject(user.id, 10);
    expect(Object.fromEntries(events.map(({ type, actorKind, operator }) => [type, [actorKind, operator]]))).toEqual({
      USER_ENABLED: ['operator', 'root'],
      USER_DISABLED: ['system', null],
    });
  });

  it('has nothing hashed, mailed or fetched inside of it', async () => {
    await expect(
      change(SYSTEM, () => {
        store.assertOutsideTransaction();
        return Promise.resolve();
      }),
    ).rejects.toThrow('do not hash');
  });
});
