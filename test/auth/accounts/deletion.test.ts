import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';

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
    await core.store.users.setEraseAfter(caller.userId, 60);
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
    await core.store.users.setEraseAfter(later.id, 60);
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
