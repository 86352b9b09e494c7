import {
  administratorOf,
  assertAdministrator,
  type Administrator,
} from '../../../src/auth/administrators/administrator.js';
import type { UserCaller } from '../../../src/auth/caller.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { createTestChange } from '../../support/test-change.js';

const SYSTEM = { kind: 'system' } as const;

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const createCaller = async (email: string): Promise<UserCaller> => (await core.createCaller(email)).caller;

const assertActs = (actor: Administrator) =>
  createTestChange(core.store)(SYSTEM, (tx) => assertAdministrator(tx, actor));

describe('administratorOf', () => {
  it('is the caller with its session, and without its roles', () => {
    const caller = { kind: 'user', userId: 'a-user', sessionId: 'a-session', roles: ['ADMIN'] } as const;
    expect(administratorOf(caller, client)).toEqual({ kind: 'user', userId: 'a-user', sessionId: 'a-session', client });
  });
});

describe('assertAdministrator', () => {
  it('accepts an operator and the system, which have no session', async () => {
    await expect(assertActs({ kind: 'operator', name: 'root' })).resolves.toBeUndefined();
    await expect(assertActs(SYSTEM)).resolves.toBeUndefined();
  });

  it('throws FORBIDDEN for a user whose stored roles do not include ADMIN, even if its token does', async () => {
    const caller = await createCaller('not-an-administrator@example.com');
    const actor = administratorOf({ ...caller, roles: ['ADMIN', 'USER'] }, client);
    await expect(assertActs(actor)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('throws UNAUTHENTICATED for an administrator whose session has ended', async () => {
    const caller = await createCaller('logged-out-administrator@example.com');
    await core.auth.users.grantRole(caller.userId, 'ADMIN', SYSTEM);
    await core.store.sessions.revoke(caller.sessionId);
    await expect(assertActs(administratorOf(caller, client))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('a waiting request of an administrator', () => {
  const losses = {
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
    viewSessions: (userId, actor) => core.auth.users.viewSessions(userId, actor),
    unlock: (userId, actor) => core.auth.users.unlock(userId, actor),
    scheduleDeletion: (userId, actor) => core.auth.accountDeletion.schedule(userId, actor),
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

  const cases = Object.keys(losses).flatMap((loss) => Object.keys(writes).map((write) => [loss, write] as const));

  it.each(cases)('who has been %s in the meantime changes nothing: %s', async (loss, write) => {
    const chief = await createCaller(`chief-${loss.replace(' ', '-')}-${write}@example.com`);
    const actor = await createCaller(`${loss.replace(' ', '-')}-${write}@example.com`);
    const target = await createCaller(`target-${loss.replace(' ', '-')}-${write}@example.com`);
    for (const { userId } of [chief, actor]) await core.auth.users.grantRole(userId, 'ADMIN', SYSTEM);
    const before = await core.store.users.find(target.userId);

    core.interrupt(() => losses[loss as keyof typeof losses](actor));
    await expect(writes[write]?.(target.userId, administratorOf(actor, client))).rejects.toMatchObject({
      code: loss === 'demoted' ? 'FORBIDDEN' : 'UNAUTHENTICATED',
    });
    expect(await core.store.users.find(target.userId)).toEqual(before);
    expect(await core.store.users.findByAddress(`made-${target.userId}@example.com`)).toBeUndefined();
    const [last] = await core.store.securityEvents.listBySubject(target.userId, 1);
    expect(last).toMatchObject({ type: 'LOGIN_SUCCEEDED' });
  });

  it('is carried out while the administrator keeps its session and role, and is recorded under its id', async () => {
    const [actor, target] = [await createCaller('acting@example.com'), await createCaller('acted-on@example.com')];
    await core.auth.users.grantRole(actor.userId, 'ADMIN', SYSTEM);
    const administrator = administratorOf(actor, client);
    for (const write of Object.values(writes))
      expect(await write(target.userId, administrator)).not.toHaveProperty('failure');
    const events = await core.store.securityEvents.listBySubject(target.userId, 20);
    expect(events.map(({ actorId }) => actorId)).toEqual(expect.arrayContaining([actor.userId]));
  });
});
