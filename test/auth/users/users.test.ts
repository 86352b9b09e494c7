import type { Actor } from '../../../src/auth/audit/security-events.js';
import { StoreUnavailable } from '../../../src/store/errors.js';
import { PASSWORD } from '../../support/app.js';
import { startCore, type TestCore } from '../../support/core.js';

const SYSTEM: Actor = { kind: 'system' };

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(async () => {
  await core.close();
});

const unavailable = () => Promise.reject(new StoreUnavailable('no connection'));

describe('a database', () => {
  it('reports whether it has users', async () => {
    await core.database.query('DELETE FROM "user"');
    expect(await core.auth.users.any()).toBe(false);
    await core.createUser('somebody@example.com');
    expect(await core.auth.users.any()).toBe(true);
  });
});

describe('a search for one user', () => {
  it('finds a user by any spelling of the address, and none by a text that is not an address', async () => {
    const { id } = await core.createUser('Spelling@Example.com');
    expect((await core.auth.users.findByEmail('SPELLING@example.COM'))?.id).toBe(id);
    expect(await core.auth.users.findByEmail('spelling')).toBeUndefined();
  });
});

describe('an account that an administrator creates', () => {
  const create = (change: { email?: string; password?: string }) =>
    core.auth.users.create(
      {
        email: 'made@example.com',
        password: PASSWORD,
        name: null,
        roles: ['USER', 'ADMIN'],
        verified: true,
        ...change,
      },
      SYSTEM,
    );

  it('has the role USER beside those that are given, each once', async () => {
    expect(await create({})).toMatchObject({ roles: ['ADMIN', 'USER'], origin: 'ADMINISTRATOR' });
  });

  it('is refused without an address, with a weak password, and for an address that has one', async () => {
    expect(await create({ email: 'made' })).toEqual({ failure: 'INVALID_EMAIL' });
    expect(await create({ password: 'short' })).toEqual({ failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT'] });
    expect(await create({ email: 'MADE@example.com' })).toEqual({ failure: 'INVALID_INPUT', fields: ['email'] });
  });

  it('throws SERVICE_UNAVAILABLE while the database is unavailable', async () => {
    core.interrupt(unavailable);
    await expect(create({ email: 'unmade@example.com' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await core.auth.users.findByEmail('unmade@example.com')).toBeUndefined();
  });
});
