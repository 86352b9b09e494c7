import { administratorOf, type Administrator } from '../../../src/auth/administrators/administrator.js';
import type { UserCaller } from '../../../src/auth/caller.js';
import { noProof } from '../../../src/auth/sessions/replaced-sessions.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const newcomer = async (email: string): Promise<UserCaller> => {
  const user = await core.createUser(email);
  const begun = await core.auth.login.withPassword(user, client, noProof);
  if ('failure' in begun) throw new Error(begun.failure);
  return { kind: 'user', userId: user.id, sessionId: begun.session.id, roles: ['USER'] };
};

// The rule let the request pass; then it waited for the account, which somebody else held.
describe('a request whose session is revoked while it waits', () => {
  const revokeFirst = ({ userId }: UserCaller) =>
    core.interrupt(() => core.auth.users.revokeSessions(userId, { kind: 'system' }));

  it('changes no profile', async () => {
    const caller = await newcomer('renamed@example.com');
    revokeFirst(caller);
    const change = core.auth.updateProfile(caller, { name: 'Call this number' }, client);
    await expect(change).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ name: null });
  });

  it('does not keep an account whose owner wants it erased', async () => {
    const caller = await newcomer('leaving@example.com');
    await core.auth.accountDeletion.request(caller, PASSWORD, client);
    const thief = await core.auth.login.withPassword(
      { email: 'leaving@example.com', password: PASSWORD },
      client,
      noProof,
    );
    if ('failure' in thief) throw new Error(thief.failure);
    const session: UserCaller = { ...caller, sessionId: thief.session.id };
    revokeFirst(session);
    await expect(core.auth.accountDeletion.cancel(session, client)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ eraseAfter: expect.any(Date) as Date });
  });

  const newPassword = 'an entirely different one';

  it.each<[string, (caller: UserCaller) => Promise<unknown>]>([
    ['ends no session', (caller) => core.auth.sessions.revoke(caller, caller.sessionId, client)],
    ['ends no other sessions', (caller) => core.auth.sessions.revokeAll(caller, 'others', client)],
    ['does not end all sessions', (caller) => core.auth.sessions.revokeAll(caller, 'all', client)],
    ['exports nothing', (caller) => core.auth.exportMyData(caller, PASSWORD, client)],
    ['has no account erased', (caller) => core.auth.accountDeletion.request(caller, PASSWORD, client)],
    [
      'changes no password',
      (caller) => core.auth.passwords.change(caller, { currentPassword: PASSWORD, newPassword }, client, null),
    ],
    [
      'asks for no other address',
      (caller) => core.auth.emailChange.request(caller, { newEmail: 'new@example.com', password: PASSWORD }, client),
    ],
  ])('%s', async (what, write) => {
    const caller = await newcomer(`${what.replaceAll(' ', '-')}@example.com`);
    revokeFirst(caller);
    await expect(write(caller)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      detail: { reason: 'SESSION_REVOKED' },
    });
    expect(await core.database.query(`SELECT FROM auth_queue_entry WHERE topic = 'mail-request'`)).toEqual([]);
    const [last] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(last).toMatchObject({ type: 'SESSIONS_REVOKED', actorKind: 'system' });
  });
});

describe('a request of an administrator that waits', () => {
  const SYSTEM = { kind: 'system' } as const;

  const shutOut = {
    demoted: ({ userId }: UserCaller) => core.auth.users.revokeRole(userId, 'ADMIN', SYSTEM),
    disabled: ({ userId }: UserCaller) => core.auth.users.disable(userId, SYSTEM),
    'logged out': ({ userId }: UserCaller) => core.auth.users.revokeSessions(userId, SYSTEM),
    erased: ({ userId }: UserCaller) => core.database.query('DELETE FROM "user" WHERE id = $1', [userId]),
  };

  const writes: Record<string, (userId: string, actor: Administrator) => Promise<unknown>> = {
    setRoles: (userId, actor) => core.auth.users.setRoles(userId, ['ADMIN', 'USER'], actor),
    grantRole: (userId, actor) => core.auth.users.grantRole(userId, 'ADMIN', actor),
    revokeRole: (userId, actor) => core.auth.users.revokeRole(userId, 'USER', actor),
    disable: (userId, actor) => core.auth.users.disable(userId, actor),
    enable: (userId, actor) => core.auth.users.enable(userId, actor),
    revokeSessions: (userId, actor) => core.auth.users.revokeSessions(userId, actor),
    create: (userId, actor) => {
      const account = {
        email: `made-${userId}@example.com`,
        password: PASSWORD,
        name: null,
        roles: [],
        verified: true,
      };
      return core.auth.users.create(account, actor);
    },
  };

  const cases = Object.keys(shutOut).flatMap((loss) => Object.keys(writes).map((write) => [loss, write] as const));

  it.each(cases)('who is %s meanwhile: %s changes nothing', async (loss, write) => {
    const chief = await newcomer(`chief-${loss.replace(' ', '-')}-${write}@example.com`);
    const actor = await newcomer(`${loss.replace(' ', '-')}-${write}@example.com`);
    const target = await newcomer(`target-${loss.replace(' ', '-')}-${write}@example.com`);
    for (const { userId } of [chief, actor]) await core.auth.users.grantRole(userId, 'ADMIN', SYSTEM);
    const before = await core.store.users.find(target.userId);

    core.interrupt(() => shutOut[loss as keyof typeof shutOut](actor));
    await expect(writes[write]?.(target.userId, administratorOf(actor, client))).rejects.toMatchObject({
      code: loss === 'demoted' ? 'FORBIDDEN' : 'UNAUTHENTICATED',
    });
    expect(await core.store.users.find(target.userId)).toEqual(before);
    expect(await core.store.users.findByAddress(`made-${target.userId}@example.com`)).toBeUndefined();
    const [last] = await core.store.securityEvents.listBySubject(target.userId, 1);
    expect(last).toMatchObject({ type: 'LOGIN_SUCCEEDED' });
  });

  it('is carried out while nothing has happened to it, and on record under its name', async () => {
    const [actor, target] = [await newcomer('acting@example.com'), await newcomer('acted-on@example.com')];
    await core.auth.users.grantRole(actor.userId, 'ADMIN', SYSTEM);
    const admin = administratorOf(actor, client);
    for (const write of Object.values(writes)) expect(await write(target.userId, admin)).not.toHaveProperty('failure');
    const events = await core.store.securityEvents.listBySubject(target.userId, 10);
    expect(events.map(({ actorId }) => actorId)).toEqual(expect.arrayContaining([actor.userId]));
  });
});
