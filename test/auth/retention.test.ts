import { randomBytes } from 'node:crypto';

import { securityEventKinds, type SecurityEventType } from '../../src/auth/audit/security-events.js';
import { retentionSteps } from '../../src/auth/retention.js';
import { inBatches } from '../../src/server/jobs.js';
import { postgresUrl } from '../support/database.js';
import { client, startCore, type TestCore, noProof } from '../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const expire = () => inBatches(core.store, 'expiry', retentionSteps)();

const ids = async (table: string): Promise<string[]> =>
  ((await core.database.query(`SELECT id FROM ${table} ORDER BY id`)) as { id: string }[]).map(({ id }) => id);

const logIn = async (user: { email: string; password: string }): Promise<string> => {
  const result = await core.auth.login.withPassword(user, client, noProof);
  if ('failure' in result) throw new Error(result.failure);
  return result.session.id;
};

const signUp = (email: string) =>
  core.auth.signUp({ email, password: randomBytes(16).toString('hex'), name: null, locale: null }, client);

describe('expiry', () => {
  it('removes expired sessions and those revoked a day ago, and no others', async () => {
    const user = await core.createUser('sessions@example.com');
    const [live, over, revoked, longRevoked] = [
      await logIn(user),
      await logIn(user),
      await logIn(user),
      await logIn(user),
    ];
    await core.database.query('UPDATE auth_session SET idle_expires_at = now() WHERE id = $1', [over]);
    await core.database.query('UPDATE auth_session SET revoked_at = now() WHERE id = $1', [revoked]);
    await core.database.query(`UPDATE auth_session SET revoked_at = now() - interval '25 hours' WHERE id = $1`, [
      longRevoked,
    ]);
    expect(await expire()).toBe(2);
    expect(await ids('auth_session')).toEqual([live, revoked]);
  });

  it('removes a sign-up and its token once it can no longer be verified', async () => {
    await signUp('late@example.com');
    await signUp('waiting@example.com');
    const aDayAgo = `now() - interval '24 hours 1 second'`;
    await core.database.query(
      `UPDATE auth_one_time_token SET expires_at = ${aDayAgo} WHERE email_canonical = 'late@example.com'`,
    );
    await core.database.query(`UPDATE auth_sign_up SET created_at = ${aDayAgo}`);
    expect(await expire()).toBe(2);
    expect(await core.database.query('SELECT email FROM auth_sign_up')).toEqual([{ email: 'waiting@example.com' }]);
    expect(await ids('auth_one_time_token')).toHaveLength(1);
  });

  it('removes expired windows of rate limits, and no others', async () => {
    await core.database.query('DELETE FROM auth_rate_limit');
    await core.database.query(
      `INSERT INTO auth_rate_limit (key, spent, expires_at) VALUES ('over', 1, now()), ('open', 1, now() + interval '1 hour')`,
    );
    expect(await expire()).toBe(1);
    expect(await core.database.query('SELECT key FROM auth_rate_limit')).toEqual([{ key: 'open' }]);
  });

  it('removes the events that anyone can cause after 90 days, and all others after 400', async () => {
    await core.database.query('DELETE FROM auth_security_event');
    const types = Object.keys(securityEventKinds) as SecurityEventType[];
    for (const type of types)
      for (const age of ['89 days', '91 days', '399 days', '401 days'])
        await core.database.query(
          `INSERT INTO auth_security_event (id, type, actor_kind, created_at)
           VALUES (gen_random_uuid(), $1, 'system', now() - $2::interval)`,
          [type, age],
        );
    const outsiders = types.filter((type) => securityEventKinds[type] === 'outsider');
    expect(outsiders.sort()).toEqual([
      'LOGIN_FAILED',
      'PASSWORD_RESET_REQUESTED',
      'RATE_LIMIT_EXHAUSTED',
      'SIGN_UP_REQUESTED',
      'VERIFICATION_REQUESTED',
    ]);
    expect(await expire()).toBe(3 * outsiders.length + (types.length - outsiders.length));
    const kept = (await core.database.query(
      `SELECT type, array_agg(extract(day FROM now() - created_at)::int ORDER BY created_at DESC) AS ages
       FROM auth_security_event GROUP BY type`,
    )) as { type: SecurityEventType; ages: number[] }[];
    expect(kept).toHaveLength(types.length);
    for (const { type, ages } of kept)
      expect({ type, ages }).toEqual({ type, ages: outsiders.includes(type) ? [89] : [89, 91, 399] });
  });

  it('removes events in batches, by an index on their type and age', async () => {
    await core.database.query(
      `INSERT INTO auth_security_event (id, type, actor_kind, created_at)
       SELECT gen_random_uuid(), 'LOGIN_FAILED', 'anonymous', now() - interval '90 days 1 second' FROM generate_series(1, 1050)`,
    );
    expect(await expire()).toBe(1050);
    const indexes = await core.database.query(
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'auth_security_event' AND indexdef LIKE '%(type, created_at)'`,
    );
    expect(indexes).toHaveLength(1);
  });

  it('removes more than one batch', async () => {
    const user = await core.createUser('many@example.com');
    await core.database.query(
      `INSERT INTO auth_session (id, user_id, client_id, amr, auth_time, idle_expires_at, expires_at)
       SELECT gen_random_uuid(), $1, 'gatehouse', '{pwd}', now(), now(), now() FROM generate_series(1, 1200)`,
      [user.id],
    );
    expect(await expire()).toBe(1200);
  });

  if (postgresUrl !== undefined) {
    it('leaves the work to the instance that holds the lock, and locked rows for a later run', async () => {
      const user = await core.createUser('turns@example.com');
      const [held, free] = [await logIn(user), await logIn(user)];
      await core.database.query('UPDATE auth_session SET idle_expires_at = now() WHERE user_id = $1', [user.id]);
      const other = await core.database.open();
      await other.transaction(async (tx) => {
        await tx.jobLocks.tryLock('expiry');
        expect(await expire()).toBe(0);
      });
      await other.transaction(async (tx) => {
        await tx.sessions.revoke(held);
        expect(await expire()).toBe(1);
      });
      await other.close();
      expect(await ids('auth_session')).toContain(held);
      expect(await ids('auth_session')).not.toContain(free);
      expect(await expire()).toBe(1);
    });
  }
});
