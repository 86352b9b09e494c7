import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const REJECTED = { failure: 'INVALID_CREDENTIALS' };

type Caller = Parameters<TestCore['auth']['exportMyData']>[0];

/** An export changes nothing but asks for the password. */
const confirm = (caller: Caller, password = PASSWORD) => core.auth.exportMyData(caller, password, client);

const attemptsOf = async ({ userId }: Caller) =>
  (await core.store.sessions.listAll(userId, 10)).map(({ passwordAttempts }) => passwordAttempts);

describe('the confirmation of a password', () => {
  it('counts and records a wrong password, with the number of the attempt', async () => {
    const { caller } = await core.createCaller('counted@example.com');
    expect(await confirm(caller, 'not the password')).toEqual(REJECTED);
    expect(await confirm(caller, 'not the password')).toEqual(REJECTED);
    expect(await attemptsOf(caller)).toEqual([2]);
    const [event] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(event).toMatchObject({
      type: 'PASSWORD_REJECTED',
      sessionId: caller.sessionId,
      actorId: caller.userId,
      detail: { attempts: 2 },
    });
  });

  it('forgives earlier attempts after the right password', async () => {
    const { caller } = await core.createCaller('forgiven@example.com');
    await confirm(caller, 'not the password');
    expect(await confirm(caller)).toHaveProperty('json');
    expect(await attemptsOf(caller)).toEqual([0]);
  });

  it('ends the session at the fifth wrong password, and no other session', async () => {
    const { caller } = await core.createCaller('fifth@example.com');
    const other = await core.login('fifth@example.com');
    for (let attempt = 1; attempt <= 5; attempt += 1) await confirm(caller, 'not the password');
    const live = await core.store.sessions.listLive(caller.userId);
    expect(live.map(({ id }) => id)).toEqual([other.session.id]);
    expect(await confirm(caller)).toEqual(REJECTED);
  });

  it.each([
    ['empty', ''],
    ['too-long', 'x'.repeat(100_000)],
    ['lone-surrogate', `${PASSWORD}\udc00`],
  ])('rejects a text that cannot be a password, and does not count it: %s', async (description, password) => {
    const { caller } = await core.createCaller(`${description}@example.com`);
    expect(await confirm(caller, password)).toEqual(REJECTED);
    expect(await attemptsOf(caller)).toEqual([0]);
    expect(await core.eventTypesOf(caller.userId)).not.toContain('PASSWORD_REJECTED');
  });

  it('rejects every password of an account that has none, and counts nothing', async () => {
    const { caller } = await core.createCaller('without@example.com');
    await core.database.query('DELETE FROM auth_password_credential WHERE user_id = $1', [caller.userId]);
    expect(await confirm(caller)).toEqual(REJECTED);
    expect(await attemptsOf(caller)).toEqual([0]);
  });
});
