import { administratorOf } from '../../../src/auth/administrators/administrator.js';
import { PASSWORD } from '../../support/app.js';
import { client, noProof, startCore, type TestCore } from '../../support/core.js';
import { postgresUrl } from '../../support/database.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const SYSTEM = { kind: 'system' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

const makeErasable = (userId: string) =>
  core.database.query(`UPDATE "user" SET erase_after = now() - interval '1 second' WHERE id = $1`, [userId]);

describe('a request to delete the account', () => {
  it('schedules the erasure in 14 days, ends every session and records one event', async () => {
    const { caller } = await core.createCaller('leaving@example.com');
    await core.login('leaving@example.com');
    const before = Date.now();
    const scheduled = await core.auth.accountDeletion.request(caller, PASSWORD, client);
    if ('failure' in scheduled) throw new Error(scheduled.failure);
    expect(Math.abs(scheduled.eraseAfter.getTime() - before - 14 * DAY_MS)).toBeLessThan(60_000);
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    const [event] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(event).toMatchObject({ type: 'DELETION_REQUESTED', actorId: caller.userId, detail: { count: 2 } });
    expect((await core.mailbox.waitFor('leaving@example.com')).subject).toBeTruthy();
  });

  it('changes nothing after a wrong password', async () => {
    const { caller } = await core.createCaller('mistyped@example.com');
    const rejected = await core.auth.accountDeletion.request(caller, 'not the password', client);
    expect(rejected).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ eraseAfter: null });
  });

  it('is refused to the last administrator, and undone', async () => {
    const { caller } = await core.createCaller('last-administrator@example.com');
    await core.auth.users.grantRole(caller.userId, 'ADMIN', SYSTEM);
    const refused = await core.auth.accountDeletion.request(caller, PASSWORD, client);
    expect(refused).toEqual({ failure: 'LAST_ADMINISTRATOR' });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ eraseAfter: null });
    expect(await core.store.sessions.listLive(caller.userId)).toHaveLength(1);
  });
});

describe('a cancellation of the deletion', () => {
  it('keeps the account, and is recorded only when a deletion was scheduled', async () => {
    const { caller } = await core.createCaller('staying@example.com');
    await core.auth.accountDeletion.cancel(caller, client);
    await core.store.users.scheduleErasure(caller.userId, 60);
    await core.auth.accountDeletion.cancel(caller, client);
    expect(await core.store.users.find(caller.userId)).toMatchObject({ eraseAfter: null });
    const types = await core.eventTypesOf(caller.userId);
    expect(types).toEqual(['USER_CREATED', 'LOGIN_SUCCEEDED', 'DELETION_CANCELLED']);
  });
});

describe('erase', () => {
  it('erases the accounts that are due, and returns their number', async () => {
    const [due, later] = [await core.createUser('due@example.com'), await core.createUser('later@example.com')];
    await makeErasable(due.id);
    await core.store.users.scheduleErasure(later.id, 60);
    expect(await core.auth.accountDeletion.erase()).toBe(1);
    expect(await core.store.users.find(due.id)).toBeUndefined();
    expect(await core.store.users.find(later.id)).toBeDefined();
  });

  it('keeps the events of the account without anything that identifies a person', async () => {
    const { caller } = await core.createCaller('anonymized@example.com');
    await core.database.query(`DELETE FROM auth_security_event WHERE type <> 'LOGIN_SUCCEEDED' OR subject_id <> $1`, [
      caller.userId,
    ]);
    await makeErasable(caller.userId);
    await core.auth.accountDeletion.erase();
    const columns = 'type, actor_id, subject_id, network, user_agent, correlation_id';
    const nothing = { actor_id: null, subject_id: null, network: null, user_agent: null, correlation_id: null };
    expect(await core.database.query(`SELECT ${columns} FROM auth_security_event ORDER BY id`)).toEqual([
      { type: 'LOGIN_SUCCEEDED', ...nothing },
      { type: 'USER_ERASED', ...nothing },
    ]);
  });
});

describe('a deletion by an administrator', () => {
  const administrator = async (email: string, language: string | null = null) => {
    const { caller } = await core.createCaller(email);
    await core.auth.users.grantRole(caller.userId, 'ADMIN', SYSTEM);
    return administratorOf(caller, { ...client, language });
  };

  it('is scheduled as the owner’s own, under the name of the administrator', async () => {
    const actor = await administrator('deleting@example.com');
    const { caller } = await core.createCaller('dismissed@example.com');
    const scheduled = await core.auth.accountDeletion.schedule(caller.userId, actor);
    if ('failure' in scheduled) throw new Error(scheduled.failure);
    expect(Math.abs(scheduled.eraseAfter.getTime() - Date.now() - 14 * DAY_MS)).toBeLessThan(60_000);
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    const [event] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(event).toMatchObject({ type: 'DELETION_REQUESTED', actorKind: 'user', detail: { count: 1 } });
    expect((await core.mailbox.waitFor('dismissed@example.com')).subject).toBe('Your account will be deleted');
  });

  it('erases at once, however many events there are, and keeps them without a name', async () => {
    const actor = await administrator('erasing@example.com');
    const { id } = await core.createUser('erased@example.com');
    await core.database.query(
      `INSERT INTO auth_security_event (id, type, actor_kind, subject_id, network)
       SELECT gen_random_uuid(), 'LOGIN_FAILED', 'anonymous', $1, '203.0.113.0/24' FROM generate_series(1, 150)`,
      [id],
    );
    expect(await core.auth.accountDeletion.eraseNow(id, actor)).toHaveProperty('eraseAfter', expect.any(Date));
    expect(await core.store.users.find(id)).toBeUndefined();
    const left = `SELECT FROM auth_security_event WHERE subject_id = $1 OR (type = 'LOGIN_FAILED' AND network IS NOT NULL)`;
    expect(await core.database.query(left, [id])).toEqual([]);
    const [event] = await core.database.query(
      `SELECT type, actor_kind, subject_id FROM auth_security_event WHERE type = 'USER_ERASED' AND actor_id IS NOT NULL`,
    );
    expect(event).toEqual({ type: 'USER_ERASED', actor_kind: 'user', subject_id: null });
    expect((await core.mailbox.waitFor('erased@example.com')).subject).toBe('Your account has been deleted');
  });

  it('is notified in the language of the user, otherwise in English, never in that of the administrator', async () => {
    const actor = await administrator('german-administrator@example.com', 'de');
    const [undecided, german] = [
      await core.createUser('undecided@example.com'),
      await core.createUser('de@example.com'),
    ];
    await core.store.users.updateProfile(german.id, { locale: 'de' });
    await core.auth.accountDeletion.schedule(undecided.id, actor);
    await core.auth.accountDeletion.schedule(german.id, await administrator('english-administrator@example.com', 'en'));
    expect((await core.mailbox.waitFor(undecided.email)).subject).toBe('Your account will be deleted');
    expect((await core.mailbox.waitFor(german.email)).subject).toBe('Ihr Konto wird gelöscht');
    await core.auth.accountDeletion.eraseNow(undecided.id, actor);
    expect((await core.mailbox.waitFor(undecided.email, 2)).subject).toBe('Your account has been deleted');
  });

  it('may be of the administrator itself if another one remains', async () => {
    await administrator('remaining@example.com');
    const actor = await administrator('resigning@example.com');
    if (actor.kind !== 'user') throw new Error('an administrator is a user');
    expect(await core.auth.accountDeletion.eraseNow(actor.userId, actor)).not.toHaveProperty('failure');
    expect(await core.store.users.find(actor.userId)).toBeUndefined();
  });

  it('keeps the time of one that is scheduled already, and is not announced again, if the owner or an administrator asks again', async () => {
    const { caller } = await core.createCaller('leaving-twice@example.com');
    await core.store.users.scheduleErasure(caller.userId, 60);
    const first = await core.store.users.find(caller.userId);
    const again = { eraseAfter: first?.eraseAfter };
    expect(await core.auth.accountDeletion.request(caller, PASSWORD, client)).toEqual(again);
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    await core.login('leaving-twice@example.com');
    expect(await core.auth.accountDeletion.schedule(caller.userId, SYSTEM)).toEqual(again);
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    const erased = await core.auth.accountDeletion.eraseNow(caller.userId, SYSTEM);
    expect(erased).not.toHaveProperty('failure');
    expect(await core.store.users.find(caller.userId)).toBeUndefined();
    await core.mailbox.waitFor('leaving-twice@example.com');
    const subjects = (await core.mailbox.to('leaving-twice@example.com')).map(({ subject }) => subject);
    expect(subjects).toEqual(['Your account has been deleted']);
  });

  it('finds nobody by an unknown or malformed id', async () => {
    for (const id of ['01900000-0000-7000-8000-000000000000', 'nobody']) {
      expect(await core.auth.accountDeletion.schedule(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
      expect(await core.auth.accountDeletion.eraseNow(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
    }
  });
});

// The erasure of an account with many events takes several transactions, between which its owner may do anything.
describe('an account that is due to be erased', () => {
  it('cannot log in, like one that does not exist', async () => {
    const user = await core.createUser('due-login@example.com');
    await makeErasable(user.id);
    const login = { email: user.email, password: PASSWORD };
    expect(await core.auth.login.withPassword(login, client, noProof)).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await core.eventTypesOf(user.id)).toContain('LOGIN_FAILED');
  });

  it('stays due, whatever its owner or an administrator does', async () => {
    const { caller } = await core.createCaller('due-cancel@example.com');
    await makeErasable(caller.userId);
    const due = await core.store.users.find(caller.userId);
    expect(await core.auth.accountDeletion.cancel(caller, client)).toMatchObject({ eraseAfter: due?.eraseAfter });
    expect(await core.auth.accountDeletion.schedule(caller.userId, SYSTEM)).toEqual({ eraseAfter: due?.eraseAfter });
    expect(await core.store.users.cancelErasure(caller.userId)).toBe(false);
    expect(await core.eventTypesOf(caller.userId)).not.toContain('DELETION_CANCELLED');
  });
});

// The embedded database has one connection, so nothing holds a row while another transaction asks for it.
if (postgresUrl !== undefined) {
  describe('a row that another transaction holds', () => {
    it('is waited for by its erasure at once, while a job skips it', async () => {
      const user = await core.createUser('due-held@example.com');
      await makeErasable(user.id);
      const other = await core.database.open();
      let waiting: ReturnType<typeof other.users.lockErasable> | undefined;
      await core.store.transaction(async (tx) => {
        await tx.users.lock(user.id);
        expect(await other.users.lockErasable(user.id, 'skip')).toBeUndefined();
        waiting = other.users.lockErasable(user.id, 'wait');
      });
      expect(await waiting).toMatchObject({ id: user.id });
      await other.close();
    });
  });
}
