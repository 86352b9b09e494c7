import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { createLink } from '../../support/links.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const NEW_PASSWORD = 'an entirely different one';

type Caller = Parameters<TestCore['auth']['passwords']['change']>[0];

const change = (caller: Caller, newPassword = NEW_PASSWORD, currentPassword = PASSWORD) =>
  core.auth.passwords.change(caller, { currentPassword, newPassword }, client, null);

describe('a change of the password', () => {
  it('ends every session, the current one included, and returns the tokens of a new one', async () => {
    const { caller } = await core.createCaller('changed@example.com');
    await core.login('changed@example.com');
    const tokens = await change(caller);
    if ('failure' in tokens) throw new Error(tokens.failure);
    const live = await core.store.sessions.listLive(caller.userId);
    expect(live.map(({ id }) => id)).toEqual([tokens.session.id]);
    expect(tokens.session.id).not.toBe(caller.sessionId);
  });

  it('is recorded in one event with the number of ended sessions, and reported by email', async () => {
    const { caller } = await core.createCaller('recorded@example.com');
    await change(caller);
    const [event] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(event).toMatchObject({ type: 'PASSWORD_CHANGED', actorId: caller.userId, detail: { count: 1 } });
    expect(await core.mailbox.waitFor('recorded@example.com')).toBeDefined();
  });

  it('voids every link of the account', async () => {
    const { caller } = await core.createCaller('links@example.com');
    const link = { purpose: 'RESET_PASSWORD', emailCanonical: 'links@example.com', userId: caller.userId } as const;
    const token = await createLink(core, link);
    await change(caller);
    const reset = await core.auth.passwordReset.reset({ token, newPassword: PASSWORD }, client);
    expect(reset).toEqual({ failure: 'INVALID_TOKEN' });
  });

  it('judges the new password first, so that a weak one is not an attempt to guess the current one', async () => {
    const { caller } = await core.createCaller('weak@example.com');
    const weak = { failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT'] };
    expect(await change(caller, 'short', 'not the password')).toEqual(weak);
    expect(await core.store.sessions.listAll(caller.userId, 1)).toMatchObject([{ passwordAttempts: 0 }]);
  });

  it('keeps the password and the session after a wrong current password', async () => {
    const { caller } = await core.createCaller('wrong@example.com');
    const before = await core.store.passwordCredentials.find(caller.userId);
    expect(await change(caller, NEW_PASSWORD, 'not the password')).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await core.store.passwordCredentials.find(caller.userId)).toEqual(before);
    expect(await core.store.sessions.listLive(caller.userId)).toHaveLength(1);
  });
});
