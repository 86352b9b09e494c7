import { client, startCore, type TestCore, noProof } from '../../support/core.js';
import { createLink } from '../../support/links.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const NEW_PASSWORD = 'an entirely different one';
const INVALID = { failure: 'INVALID_TOKEN' };

const createResetLink = (userId: string, emailCanonical: string) =>
  createLink(core, { purpose: 'RESET_PASSWORD', emailCanonical, userId });

const reset = (token: string, newPassword = NEW_PASSWORD) =>
  core.auth.passwordReset.reset({ token, newPassword }, client);

describe('a reset of the password', () => {
  it('sets the new password, ends every session and starts none', async () => {
    const { caller } = await core.createCaller('forgotten@example.com');
    expect(await reset(await createResetLink(caller.userId, 'forgotten@example.com'))).toMatchObject({
      email: 'forgotten@example.com',
    });
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    const credentials = { email: 'forgotten@example.com', password: NEW_PASSWORD };
    expect(await core.auth.login.withPassword(credentials, client, noProof)).toHaveProperty('accessToken');
  });

  it('is recorded in one event of an anonymous actor, and reported by email', async () => {
    const { caller } = await core.createCaller('reported@example.com');
    await reset(await createResetLink(caller.userId, 'reported@example.com'));
    const [event] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(event).toMatchObject({ type: 'PASSWORD_RESET', actorKind: 'anonymous', detail: { count: 1 } });
    expect(await core.mailbox.waitFor('reported@example.com')).toBeDefined();
  });

  it('uses its link once, and a weak password does not use it', async () => {
    const { id, email } = await core.createUser('once@example.com');
    const token = await createResetLink(id, email);
    expect(await reset(token, 'short')).toEqual({ failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT'] });
    expect([await reset(token), await reset(token)]).toMatchObject([{ email }, INVALID]);
  });

  it('verifies the address, and removes the profile of an account that was imported', async () => {
    const { id, email } = await core.createUser('imported@example.com', false);
    await core.database.query(`UPDATE "user" SET origin = 'IMPORT', name = 'A stranger' WHERE id = $1`, [id]);
    expect(await reset(await createResetLink(id, email))).toMatchObject({ email });
    const verified = { name: null, emailVerifiedAt: expect.any(Date) as Date };
    expect(await core.store.users.find(id)).toMatchObject(verified);
  });

  it('returns INVALID_TOKEN when the address of the account has changed since', async () => {
    const { id, email } = await core.createUser('before@example.com');
    const token = await createResetLink(id, email);
    await core.store.users.changeEmail(id, 'after@example.com', 'after@example.com');
    expect(await reset(token)).toEqual(INVALID);
  });
});
