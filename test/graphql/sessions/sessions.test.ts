import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  LogoutDocument,
  MeDocument,
  MySessionsDocument,
  RefreshSessionDocument,
  RevokeAllSessionsDocument,
  RevokeOtherSessionsDocument,
  RevokeSessionDocument,
} from '../../support/generated/operations.js';
import { claimsOf } from '../../support/signing.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const reasonFor = async (accessToken: string) => {
  const { data, errors } = await app.send(MeDocument, {}, bearer(accessToken));
  return data?.me ? 'accepted' : errors[0]?.extensions.reason;
};

describe('me.sessions', () => {
  it('lists the live sessions, the newest first, and marks the current one', async () => {
    const user = await app.newcomer();
    const second = await app.login(user);
    const { data } = await app.send(MySessionsDocument, {}, bearer(user.tokens.accessToken));
    expect(data?.me?.sessions.map(({ id, current }) => ({ id, current }))).toEqual([
      { id: second.session.id, current: false },
      { id: user.tokens.session.id, current: true },
    ]);
  });

  it('names the device and the network, and ends at the absolute lifetime', async () => {
    const user = await app.newcomer();
    const { data } = await app.send(MySessionsDocument, {}, bearer(user.tokens.accessToken));
    const session = data?.me?.sessions[0];
    expect(session).toMatchObject({ device: 'Node.js', network: '127.0.0.0/24', amr: ['pwd'] });
    const days = (Date.parse(session?.expiresAt ?? '') - Date.parse(session?.createdAt ?? '')) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });
});

describe('SESSIONS_PER_USER', () => {
  let few: TestApp;

  beforeAll(async () => {
    few = await startApp({ SESSIONS_PER_USER: '3' });
  });

  afterAll(() => few.close());

  const liveOf = async (user: { id: string }) =>
    (
      (await few.database.query(
        'SELECT id FROM auth_session WHERE user_id = $1 AND revoked_at IS NULL ORDER BY created_at',
        [user.id],
      )) as { id: string }[]
    ).map(({ id }) => id);

  it('ends the oldest session at once if a login exceeds it, and records the reason', async () => {
    const user = await few.createUser();
    const logins = [await few.login(user), await few.login(user), await few.login(user)];
    const accepted = async ({ accessToken }: { accessToken: string }) =>
      (await few.send(MeDocument, {}, bearer(accessToken))).status === 200;
    expect(await Promise.all(logins.map(accepted))).toEqual([true, true, true]);

    const fourth = await few.login(user);
    expect(await Promise.all([...logins, fourth].map(accepted))).toEqual([false, true, true, true]);
    const oldest = logins[0]?.session.id;
    expect(
      await few.database.query(
        'SELECT actor_kind, detail FROM auth_security_event WHERE session_id = $1 AND type = $2',
        [oldest, 'SESSION_REVOKED'],
      ),
    ).toEqual([{ actor_kind: 'system', detail: { cause: 'SESSIONS_PER_USER' } }]);
  });

  it('counts neither ended sessions nor those of other users', async () => {
    const [user, other] = [await few.createUser(), await few.newcomer()];
    const [first, second] = [await few.login(user), await few.login(user)];
    await few.database.query('UPDATE auth_session SET idle_expires_at = now() WHERE id = $1', [first.session.id]);
    const [third, fourth] = [await few.login(user), await few.login(user)];
    expect(await liveOf(user)).toEqual([first, second, third, fourth].map(({ session }) => session.id));
    expect(await liveOf(other)).toHaveLength(1);
  });

  it('holds for many logins at once', async () => {
    const user = await few.createUser();
    await Promise.all(Array.from({ length: 12 }, () => few.login(user)));
    expect(await liveOf(user)).toHaveLength(3);
  });
});

describe('revokeSession', () => {
  it('ends another session of the caller at once', async () => {
    const user = await app.newcomer();
    const stolen = await app.login(user);
    const input = { sessionId: stolen.session.id };
    const { data } = await app.send(RevokeSessionDocument, { input }, bearer(user.tokens.accessToken));
    expect(data?.revokeSession).toEqual({ __typename: 'RevokeSessionSuccess', sessionId: stolen.session.id });
    expect(await reasonFor(stolen.accessToken)).toBe('SESSION_REVOKED');
    expect(await reasonFor(user.tokens.accessToken)).toBe('accepted');
  });

  it('reveals nothing about the session of another user', async () => {
    const [mine, theirs] = [await app.newcomer(), await app.newcomer()];
    const attempt = (sessionId: string) =>
      app.send(RevokeSessionDocument, { input: { sessionId } }, bearer(mine.tokens.accessToken));
    const foreign = await attempt(theirs.tokens.session.id);
    const unknown = await attempt('01900000-0000-7000-8000-000000000000');
    const malformed = await attempt('nothing like an id');
    expect(foreign.data?.revokeSession).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    expect(new Set([foreign.text, unknown.text, malformed.text]).size).toBe(1);
    expect(await reasonFor(theirs.tokens.accessToken)).toBe('accepted');
  });
});

describe('revokeOtherSessions and revokeAllSessions', () => {
  it('end all other sessions, or all sessions, and return their number', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    const others = await app.send(RevokeOtherSessionsDocument, {}, bearer(user.tokens.accessToken));
    expect(others.data?.revokeOtherSessions).toMatchObject({ user: { id: user.id }, revokedSessions: 1 });
    expect(await reasonFor(other.accessToken)).toBe('SESSION_REVOKED');

    const all = await app.send(RevokeAllSessionsDocument, {}, bearer(user.tokens.accessToken));
    expect(all.data?.revokeAllSessions).toEqual({ revokedSessions: 1 });
    expect(await reasonFor(user.tokens.accessToken)).toBe('SESSION_REVOKED');
  });
});

describe('logout', () => {
  it('ends the sessions of the bearer and of the refresh token when they differ', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    const input = { refreshToken: other.refreshToken ?? '' };
    const { data } = await app.send(LogoutDocument, { input }, bearer(user.tokens.accessToken));
    expect(data?.logout).toEqual({ revokedSessions: 2 });
    expect(await reasonFor(user.tokens.accessToken)).toBe('SESSION_REVOKED');
    expect(await reasonFor(other.accessToken)).toBe('SESSION_REVOKED');
  });

  it('succeeds with an expired bearer, with a foreign token and with none', async () => {
    const user = await app.newcomer();
    for (const headers of [bearer('null'), bearer(`${user.tokens.accessToken}x`), {}]) {
      const { status, data } = await app.send(LogoutDocument, { input: { refreshToken: 'none of ours' } }, headers);
      expect({ status, logout: data?.logout }).toEqual({ status: 200, logout: { revokedSessions: 0 } });
    }
    expect(await reasonFor(user.tokens.accessToken)).toBe('accepted');
  });

  it('does not count a session that had expired', async () => {
    const { tokens } = await app.newcomer();
    await app.database.query('UPDATE auth_session SET expires_at = now() WHERE id = $1', [tokens.session.id]);
    const input = { refreshToken: tokens.refreshToken ?? '' };
    expect((await app.send(LogoutDocument, { input })).data?.logout).toEqual({ revokedSessions: 0 });
  });
});

describe('an access token', () => {
  it('expires after its lifetime and 60 seconds of tolerance, and is then reported as expired, not as invalid', async () => {
    const { tokens } = await app.newcomer();
    app.clock.stop(new Date(claimsOf(tokens.accessToken).exp * 1000));
    app.clock.advance(59);
    expect(await reasonFor(tokens.accessToken)).toBe('accepted');
    app.clock.advance(1);
    expect(await reasonFor(tokens.accessToken)).toBe('TOKEN_EXPIRED');
    app.clock.run();
  });

  it('never outlives its session', async () => {
    const brief = await startApp({ SESSION_ABSOLUTE_TTL_SECONDS: '600', SESSION_IDLE_TTL_SECONDS: '600' });
    const user = await brief.createUser();
    const { accessToken, expiresIn, session } = await brief.login({ email: user.email, password: PASSWORD });
    await brief.close();
    expect(expiresIn).toBe(600);
    expect(claimsOf(accessToken).exp).toBe(Math.floor(Date.parse(session.expiresAt) / 1000));
  });

  it('is extended by a refresh up to the absolute lifetime, and no further', async () => {
    const { tokens } = await app.newcomer();
    await app.database.query(`UPDATE auth_session SET expires_at = now() + interval '1 hour' WHERE id = $1`, [
      tokens.session.id,
    ]);
    const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    if (data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error('refused');
    expect(data.refreshSession.session.idleExpiresAt).toBe(data.refreshSession.session.expiresAt);
  });

  it('stops the refresh token from sliding past the absolute lifetime', async () => {
    const { tokens } = await app.newcomer();
    await app.database.query('UPDATE auth_session SET expires_at = now() WHERE id = $1', [tokens.session.id]);
    const input = { refreshToken: tokens.refreshToken ?? '' };
    const { data } = await app.send(RefreshSessionDocument, { input });
    expect(data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    expect(await reasonFor(tokens.accessToken)).toBe('SESSION_REVOKED');
  });
});
