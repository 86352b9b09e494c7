import { bearer, startApp, type LoginSuccess, type TestApp } from '../../support/app.js';
import { MeDocument, RefreshSessionDocument } from '../../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const FIREFOX = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

const refresh = async (refreshToken: string | null, headers = FIREFOX) => {
  const { data, status } = await app.send(
    RefreshSessionDocument,
    { input: { refreshToken: refreshToken ?? '' } },
    headers,
  );
  expect(status).toBe(200);
  return data?.refreshSession;
};

const succeed = async (refreshToken: string | null, headers = FIREFOX) => {
  const result = await refresh(refreshToken, headers);
  if (result?.__typename !== 'RefreshSessionSuccess') throw new Error(`refused: ${JSON.stringify(result)}`);
  return result;
};

const refused = async (refreshToken: string | null, headers = FIREFOX) =>
  expect((await refresh(refreshToken, headers))?.__typename).toBe('InvalidRefreshTokenError');

/** Uses the access token of a generation, by which the client shows that it got it. */
const confirm = async ({ accessToken }: { accessToken: string }) =>
  expect((await app.send(MeDocument, {}, bearer(accessToken))).status).toBe(200);

const lives = async ({ accessToken }: { accessToken: string }) =>
  (await app.send(MeDocument, {}, bearer(accessToken))).status === 200;

const outliveGrace = (tokens: LoginSuccess) =>
  app.database.query(`UPDATE auth_session SET rotated_at = rotated_at - interval '11 seconds' WHERE id = $1`, [
    tokens.session.id,
  ]);

const eventsOf = async (tokens: LoginSuccess) => {
  const rows = await app.database.query('SELECT type FROM auth_security_event WHERE session_id = $1 ORDER BY id', [
    tokens.session.id,
  ]);
  return (rows as { type: string }[]).map(({ type }) => type).filter((type) => type.startsWith('REFRESH_'));
};

describe('refreshSession', () => {
  it('rotates the current token', async () => {
    const { tokens } = await app.newcomer();
    const next = await succeed(tokens.refreshToken);
    expect(next.refreshToken).not.toBe(tokens.refreshToken);
    expect(next.session.id).toBe(tokens.session.id);
    await succeed(next.refreshToken);
    expect(await eventsOf(tokens)).toEqual([]);
  });

  it('returns the same successor again within the grace period, and records it', async () => {
    const { tokens } = await app.newcomer();
    const first = await succeed(tokens.refreshToken);
    await confirm(first);
    const again = await succeed(tokens.refreshToken);
    expect(again.refreshToken).toBe(first.refreshToken);
    expect(await eventsOf(tokens)).toEqual(['REFRESH_REPEATED']);
  });

  it('returns the successor at any later time as long as the client may not have received it', async () => {
    const { tokens } = await app.newcomer();
    const lost = await succeed(tokens.refreshToken);
    await outliveGrace(tokens);
    const found = await succeed(tokens.refreshToken);
    expect(found.refreshToken).toBe(lost.refreshToken);
    await succeed(found.refreshToken);
  });

  it('rejects the predecessor from another network and another user agent, without ending the session', async () => {
    const { tokens } = await app.newcomer();
    const next = await succeed(tokens.refreshToken);
    await app.database.query(`UPDATE auth_session SET rotated_network = '203.0.113.0/24' WHERE id = $1`, [
      tokens.session.id,
    ]);
    await refused(tokens.refreshToken, { 'user-agent': 'curl/8.0' });
    expect(await eventsOf(tokens)).toEqual(['REFRESH_MISMATCHED']);
    expect(await lives(next)).toBe(true);
  });

  it('refuses an older token within the grace, without ending the session', async () => {
    const { tokens } = await app.newcomer();
    const second = await succeed(tokens.refreshToken);
    const third = await succeed(second.refreshToken);
    await refused(tokens.refreshToken);
    expect(await eventsOf(tokens)).toEqual(['REFRESH_LATE']);
    expect(await lives(third)).toBe(true);
  });

  it('ends that session, and only that one, when an old token is replayed', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    const next = await succeed(user.tokens.refreshToken);
    await confirm(next);
    await outliveGrace(user.tokens);

    await refused(user.tokens.refreshToken);
    expect(await eventsOf(user.tokens)).toEqual(['REFRESH_REPLAYED']);
    expect(await lives(next)).toBe(false);
    await refused(next.refreshToken);
    expect(await lives(other)).toBe(true);
    await succeed(other.refreshToken);
  });

  it('ends a session whose row is older than the token, because the database was restored to an earlier state', async () => {
    const { tokens } = await app.newcomer();
    const next = await succeed(tokens.refreshToken);
    await app.database.query('UPDATE auth_session SET generation = 1 WHERE id = $1', [tokens.session.id]);
    await refused(next.refreshToken);
    expect(await eventsOf(tokens)).toEqual(['REFRESH_AHEAD']);
    expect(await lives(next)).toBe(false);
  });

  it('rejects a revoked or expired session, and records nothing', async () => {
    for (const column of ['revoked_at', 'expires_at', 'idle_expires_at']) {
      const { tokens } = await app.newcomer();
      await app.database.query(`UPDATE auth_session SET ${column} = now() WHERE id = $1`, [tokens.session.id]);
      await refused(tokens.refreshToken);
      expect(await eventsOf(tokens)).toEqual([]);
    }
  });

  it('refuses a disabled user', async () => {
    const user = await app.newcomer();
    await app.gatehouse.auth.users.disable(user.id, { kind: 'system' });
    await refused(user.tokens.refreshToken);
  });

  it('refuses what is none of ours: empty, truncated, edited, over-long, an access token, no input at all', async () => {
    const { tokens } = await app.newcomer();
    const token = tokens.refreshToken ?? '';
    await refused('x');
    await refused(token.slice(0, -4));
    await refused(`${token}AAAA`);
    await refused(token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
    await refused(tokens.accessToken);
    expect((await app.send(RefreshSessionDocument, {})).data?.refreshSession.__typename).toBe(
      'InvalidRefreshTokenError',
    );
    await succeed(token);
  });

  it('gives parallel calls with one token the same usable successor', async () => {
    const { tokens } = await app.newcomer();
    const answers = await Promise.all(Array.from({ length: 50 }, () => succeed(tokens.refreshToken)));
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    const [row] = (await app.database.query('SELECT generation FROM auth_session WHERE id = $1', [
      tokens.session.id,
    ])) as [{ generation: number }];
    expect(row.generation).toBe(2);
    await succeed(answers[0]?.refreshToken ?? null);
  });
});
