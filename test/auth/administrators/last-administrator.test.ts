import { startCore, type TestCore } from '../../support/core.js';

const SYSTEM = { kind: 'system' } as const;
const REFUSED = { failure: 'LAST_ADMINISTRATOR' };

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

beforeEach(() => core.database.query('DELETE FROM "user"'));

afterAll(() => core.close());

const createAdministrator = async (email: string, verified = true) => {
  const { id } = await core.createUser(email, verified);
  await core.auth.users.grantRole(id, 'ADMIN', SYSTEM);
  return id;
};

describe('the last administrator who can log in', () => {
  it('keeps the role, and the refused change leaves no event', async () => {
    const id = await createAdministrator('only@example.com');
    expect(await core.auth.users.revokeRole(id, 'ADMIN', SYSTEM)).toEqual(REFUSED);
    expect(await core.store.users.find(id)).toMatchObject({ roles: ['ADMIN', 'USER'] });
    expect(await core.eventTypesOf(id)).toEqual(['USER_CREATED', 'ROLES_CHANGED']);
  });

  it('cannot be disabled, and keeps its sessions', async () => {
    const id = await createAdministrator('only@example.com');
    await core.login('only@example.com');
    expect(await core.auth.users.disable(id, SYSTEM)).toEqual(REFUSED);
    expect(await core.store.sessions.listLive(id)).toHaveLength(1);
  });

  it('can leave once there is another one', async () => {
    const id = await createAdministrator('first@example.com');
    await createAdministrator('second@example.com');
    expect(await core.auth.users.revokeRole(id, 'ADMIN', SYSTEM)).toMatchObject({ roles: ['USER'] });
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['disabled', (id) => core.store.users.setDisabled(id, true)],
    ['scheduled for erasure', (id) => core.store.users.scheduleErasure(id, 60)],
    [
      'without a password',
      (id) => core.database.query('DELETE FROM auth_password_credential WHERE user_id = $1', [id]),
    ],
    ['unverified', (id) => core.database.query('UPDATE "user" SET email_verified_at = NULL WHERE id = $1', [id])],
  ])('is not replaced by an administrator who is %s', async (_state, make) => {
    const id = await createAdministrator('first@example.com');
    await make(await createAdministrator('second@example.com'));
    expect(await core.auth.users.revokeRole(id, 'ADMIN', SYSTEM)).toEqual(REFUSED);
  });
});

describe('when no administrator can log in', () => {
  it('other users can be changed, but no administrator can be removed', async () => {
    const id = await createAdministrator('unverified@example.com', false);
    const user = await core.createUser('user@example.com');
    expect(await core.auth.users.disable(user.id, SYSTEM)).not.toHaveProperty('failure');
    expect(await core.auth.users.revokeRole(id, 'ADMIN', SYSTEM)).toEqual(REFUSED);
  });
});
