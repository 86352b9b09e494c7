import type { UserCaller } from '../../src/auth/caller.js';
import { PASSWORD } from '../support/app.js';
import { client, startIdentity, type TestIdentity } from '../support/identity.js';

let identity: TestIdentity;

beforeAll(async () => {
  identity = await startIdentity();
});

afterAll(() => identity.close());

const newcomer = async (email: string): Promise<UserCaller> => {
  const user = await identity.createUser(email);
  const begun = await identity.auth.login.withPassword(user, client);
  if ('failure' in begun) throw new Error(begun.failure);
  return { kind: 'user', userId: user.id, sessionId: begun.session.id, roles: ['USER'] };
};

// The rule let the request pass; then it waited for the account, which somebody else held.
describe('a request whose session is revoked while it waits', () => {
  const revokeFirst = ({ userId }: UserCaller) =>
    identity.interrupt(() => identity.auth.users.revokeSessions(userId, { kind: 'system' }));

  it('changes no profile', async () => {
    const caller = await newcomer('renamed@example.com');
    revokeFirst(caller);
    const change = identity.auth.updateProfile(caller, { name: 'Call this number' }, client);
    await expect(change).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await identity.store.users.find(caller.userId)).toMatchObject({ name: null });
  });

  it('does not keep an account whose owner wants it erased', async () => {
    const caller = await newcomer('leaving@example.com');
    await identity.auth.accountDeletion.request(caller, PASSWORD, client);
    const thief = await identity.auth.login.withPassword({ email: 'leaving@example.com', password: PASSWORD }, client);
    if ('failure' in thief) throw new Error(thief.failure);
    const session: UserCaller = { ...caller, sessionId: thief.session.id };
    revokeFirst(session);
    await expect(identity.auth.accountDeletion.cancel(session, client)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await identity.store.users.find(caller.userId)).toMatchObject({ eraseAfter: expect.any(Date) as Date });
  });
});
