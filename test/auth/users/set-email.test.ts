import { startCore, type TestCore } from '../../support/core.js';

const OPERATOR = { kind: 'operator', name: 'root' } as const;
const NOBODY = '01900000-0000-7000-8000-000000000000';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

describe('an address that an operator sets', () => {
  it('is verified, ends every session and link, and both addresses are notified', async () => {
    const { caller } = await core.createCaller('lost@example.com');
    const { userId } = caller;
    await core.database.query(
      `INSERT INTO auth_one_time_token (id, purpose, digest, email_canonical, user_id, expires_at)
       VALUES (gen_random_uuid(), 'RESET_PASSWORD', decode(repeat('01', 32), 'hex'), 'lost@example.com', $1, now() + interval '1 hour')`,
      [userId],
    );
    await core.database.query('UPDATE "user" SET email_verified_at = NULL WHERE id = $1', [userId]);

    const changed = await core.auth.users.setEmail(userId, ' Found@Example.com ', OPERATOR);
    expect(changed).toMatchObject({ email: 'Found@Example.com', emailCanonical: 'found@example.com' });
    expect(changed).toHaveProperty('emailVerifiedAt', expect.any(Date));
    expect(await core.store.sessions.listLive(userId)).toEqual([]);
    expect(await core.store.oneTimeTokens.listByUser(userId, 10)).toEqual([]);
    const [event] = await core.store.securityEvents.listBySubject(userId, 1);
    expect(event).toMatchObject({
      type: 'EMAIL_CHANGED',
      actorKind: 'operator',
      operator: 'root',
      detail: { count: 1 },
    });
    expect((await core.mailbox.waitFor('lost@example.com')).text).toContain('Found@Example.com');
    expect((await core.mailbox.waitFor('Found@example.com')).subject).toBe('Your account now uses this address');
    await core.login('found@example.com');
  });

  it('is refused if it is none, if another account has it, and for an unknown user', async () => {
    const { id } = await core.createUser('kept@example.com');
    await core.createUser('taken@example.com');
    const { setEmail } = core.auth.users;
    expect(await setEmail(id, 'nonsense', OPERATOR)).toEqual({ failure: 'INVALID_EMAIL' });
    expect(await setEmail(id, 'TAKEN@example.com', OPERATOR)).toEqual({
      failure: 'INVALID_INPUT',
      fields: ['newEmail'],
    });
    expect(await setEmail(NOBODY, 'free@example.com', OPERATOR)).toEqual({ failure: 'NOT_FOUND' });
    expect(await setEmail('nobody', 'free@example.com', OPERATOR)).toEqual({ failure: 'NOT_FOUND' });
    expect(await core.auth.users.find(id)).toMatchObject({ email: 'kept@example.com' });
    expect(await core.eventTypesOf(id)).toEqual(['USER_CREATED']);
  });
});
