import { createConcurrencyLimiter } from '../../../src/security/passwords/concurrency-limiter.js';
import { createPasswordHasher } from '../../../src/security/passwords/password.js';
import { StoreUnavailable } from '../../../src/store/errors.js';
import { admitted } from '../../support/admitted.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(async () => {
  await core.close();
});

const REFUSED = { failure: 'INVALID_CREDENTIALS' };

const login = (credentials: { email: string; password: string }) =>
  core.auth.login.withPassword(credentials, client, noProof);

const sessionsOf = (userId: string) => core.database.query('SELECT id FROM auth_session WHERE user_id = $1', [userId]);

const failuresOf = (userId: string) =>
  core.database.query(`SELECT id FROM auth_security_event WHERE type = 'LOGIN_FAILED' AND subject_id = $1`, [userId]);

describe('a login', () => {
  it('is recorded with its session and how the user was authenticated (RFC 8176)', async () => {
    const user = await core.createUser('recorded@example.com');
    const loggedIn = await login(user);
    const [event] = await core.store.securityEvents.listBySubject(user.id, 1);
    expect(event).toMatchObject({ type: 'LOGIN_SUCCEEDED', detail: { amr: ['pwd'] } });
    expect(loggedIn).toMatchObject({ session: { id: event?.sessionId } });
  });

  it('hashes the password again, once, when it was stored under weaker parameters', async () => {
    const user = await core.createUser('weaker@example.com');
    const weaker = createPasswordHasher({
      memoryKib: 512,
      passes: 1,
      lanes: 1,
      limiter: createConcurrencyLimiter({ concurrency: 1, queue: 0 }),
    });
    await core.store.passwordCredentials.set(user.id, await admitted(weaker).hash(PASSWORD));
    const before = await core.store.passwordCredentials.find(user.id);

    expect(await login(user)).toHaveProperty('accessToken');
    const after = await core.store.passwordCredentials.find(user.id);
    expect(after?.hash).toMatch(/\$m=1024,t=1,/);
    expect(after?.version).toBe(before?.version);
    expect(await login(user)).toHaveProperty('accessToken');
    expect(await core.store.passwordCredentials.find(user.id)).toEqual(after);
  });

  it('returns EMAIL_NOT_VERIFIED for an account that an administrator created, only after the right password', async () => {
    const user = await core.createUser('unverified@example.com', false);
    expect(await login(user)).toEqual({ failure: 'EMAIL_NOT_VERIFIED' });
    expect(await login({ ...user, password: 'not the right password' })).toEqual(REFUSED);
    expect(await sessionsOf(user.id)).toEqual([]);
  });

  it('discloses no unverified account from a sign-up, even after the right password', async () => {
    const user = await core.createUser('claimed@example.com', false);
    await core.database.query(`UPDATE "user" SET origin = 'SIGN_UP' WHERE id = $1`, [user.id]);
    expect(await login(user)).toEqual(REFUSED);
  });

  it.each(['', 'not an address', '@', 'nobody@example.com'])(
    'is refused for the address %j like for any other',
    async (email) => {
      expect(await login({ email, password: PASSWORD })).toEqual(REFUSED);
    },
  );

  it.each([
    ['empty', ''],
    ['too long to be hashed', 'x'.repeat(1_000_000)],
    ['half of a surrogate pair', `${PASSWORD}\ud800`],
  ])('is refused by the form of the password alone, without a record: %s', async (description, password) => {
    const user = await core.createUser(`${description.replaceAll(' ', '-')}@example.com`);
    expect(await login({ ...user, password })).toEqual(REFUSED);
    expect(await failuresOf(user.id)).toEqual([]);
  });

  it('ignores white space around the address', async () => {
    const user = await core.createUser('pasted@example.com');
    expect(await login({ ...user, email: ` \t${user.email}\r\n` })).toHaveProperty('accessToken');
  });

  it('starts no session when the password is changed while it is verified', async () => {
    const user = await core.createUser('changed@example.com');
    const current = await core.store.passwordCredentials.find(user.id);
    core.interrupt(() => core.store.passwordCredentials.change(user.id, current?.version ?? 0, current?.hash ?? ''));
    expect(await login(user)).toEqual(REFUSED);
    expect(await sessionsOf(user.id)).toEqual([]);
  });

  it('starts no session when the user is disabled while the password is verified', async () => {
    const user = await core.createUser('disabled@example.com');
    core.interrupt(() => core.auth.users.disable(user.id, { kind: 'system' }));
    expect(await login(user)).toEqual(REFUSED);
    expect(await sessionsOf(user.id)).toEqual([]);
  });

  it('is refused when the user is deleted while the password is verified', async () => {
    const user = await core.createUser('deleted@example.com');
    core.interrupt(() => core.database.query('DELETE FROM "user" WHERE id = $1', [user.id]));
    expect(await login(user)).toEqual(REFUSED);
  });

  it('records nothing and discloses nothing about the password while the database is unavailable', async () => {
    const user = await core.createUser('unavailable@example.com');
    for (const password of [PASSWORD, 'not the right password']) {
      core.interrupt(() => Promise.reject(new StoreUnavailable('no connection')));
      await expect(login({ ...user, password })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
    expect(await failuresOf(user.id)).toEqual([]);
  });
});

describe('a change of the password', () => {
  const changing = async (email: string) => {
    const user = await core.createUser(email);
    const tokens = await login(user);
    if ('failure' in tokens) throw new Error(tokens.failure);
    const caller = { kind: 'user', userId: user.id, sessionId: tokens.session.id, roles: [] } as const;
    const change = (currentPassword = PASSWORD) =>
      core.auth.passwords.change(caller, { currentPassword, newPassword: 'an entirely different one' }, client, null);
    return { user, change };
  };

  it('is refused when another change came first', async () => {
    const { user, change } = await changing('twice@example.com');
    const current = await core.store.passwordCredentials.find(user.id);
    core.interrupt(() => core.store.passwordCredentials.change(user.id, current?.version ?? 0, current?.hash ?? ''));
    expect(await change()).toEqual(REFUSED);
  });

  it('refuses a password that is too long to be hashed, and does not count it', async () => {
    const { user, change } = await changing('long@example.com');
    expect(await change('x'.repeat(1_000_000))).toEqual(REFUSED);
    expect(
      await core.database.query('SELECT password_attempts FROM auth_session WHERE user_id = $1', [user.id]),
    ).toEqual([{ password_attempts: 0 }]);
  });

  it('is refused when the user has been deleted', async () => {
    const { user, change } = await changing('gone@example.com');
    await core.database.query('DELETE FROM "user" WHERE id = $1', [user.id]);
    expect(await change()).toEqual(REFUSED);
  });
});
