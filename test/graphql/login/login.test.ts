import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  SignUpDocument,
} from '../../support/generated/operations.js';
import { refusalOf } from '../../support/refusals.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

describe('login', () => {
  it('returns tokens, the session and the user, whom the access token identifies', async () => {
    const user = await app.createUser({ email: 'Ada@Example.com' });
    const login = await app.login({ email: 'ada@example.com', password: PASSWORD });

    expect(login).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 1800,
      scope: 'role:USER',
      deviceToken: expect.any(String) as unknown,
      session: { current: true, amr: ['pwd'] },
      user: { id: user.id, email: 'Ada@Example.com', emailVerified: true, roles: ['USER'] },
    });
    const { status, data } = await app.send(MeDocument, {}, bearer(login.accessToken));
    expect(status).toBe(200);
    expect(data?.me).toMatchObject({ id: user.id, lastLoginAt: login.user.lastLoginAt });
  });

  it('returns the scope of the roles at that time, as refreshSession and changePassword do', async () => {
    const { tokens } = await app.newcomer('ADMIN');
    expect(tokens.scope.split(' ').sort()).toEqual(['role:ADMIN', 'role:USER']);
    await app.database.query(`DELETE FROM auth_user_role WHERE user_id = $1 AND role = 'ADMIN'`, [tokens.user.id]);
    const refreshed = await app.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    expect(refreshed.data?.refreshSession).toMatchObject({ __typename: 'RefreshSessionSuccess', scope: 'role:USER' });
    const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
    const changed = await app.send(ChangePasswordDocument, { input }, bearer(tokens.accessToken));
    expect(changed.data?.changePassword).toMatchObject({
      scope: 'role:USER',
      deviceToken: expect.any(String) as unknown,
    });
  });

  it('ignores a text that is no device token', async () => {
    const { email } = await app.createUser();
    for (const deviceToken of ['a token', '', null]) {
      const { data } = await app.send(LoginDocument, { input: { email, password: PASSWORD, deviceToken } });
      expect(data?.login).toMatchObject({ __typename: 'LoginSuccess' });
    }
  });

  it('returns the same bytes for an unknown user, a wrong password, a disabled user and a sign-up', async () => {
    const known = await app.createUser();
    const disabled = await app.createUser();
    await app.gatehouse.auth.users.disable(disabled.id, { kind: 'system' });
    const claimed = 'claimed@example.com';
    await app.send(SignUpDocument, { input: { email: claimed, password: PASSWORD } });
    const unverified = await app.createUser({ verified: false });
    await app.database.query(`UPDATE "user" SET origin = 'SIGN_UP' WHERE id = $1`, [unverified.id]);

    const attempts = [
      { email: claimed, password: PASSWORD },
      { email: unverified.email, password: PASSWORD },
      { email: 'nobody@example.com', password: PASSWORD },
      { email: known.email, password: 'another long password' },
      { email: disabled.email, password: PASSWORD },
    ];
    const answers = await Promise.all(attempts.map((input) => app.send(LoginDocument, { input })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.data?.login).toMatchObject({
      __typename: 'InvalidCredentialsError',
      code: 'INVALID_CREDENTIALS',
    });
  });

  it('returns EmailNotVerifiedError for an account that an administrator created, after the correct password', async () => {
    const { email } = await app.createUser({ verified: false });
    const right = await app.send(LoginDocument, { input: { email, password: PASSWORD } });
    const wrong = await app.send(LoginDocument, { input: { email, password: 'another long password' } });
    expect(right.data?.login).toMatchObject({ __typename: 'EmailNotVerifiedError', code: 'EMAIL_NOT_VERIFIED' });
    expect(wrong.data?.login).toMatchObject({ __typename: 'InvalidCredentialsError' });
  });

  it('is continued by refreshSession and ended by logout', async () => {
    const { tokens } = await app.newcomer();
    const refreshed = await app.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    if (refreshed.data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error(refreshed.text);
    const { accessToken } = refreshed.data.refreshSession;
    expect((await app.send(MeDocument, {}, bearer(accessToken))).status).toBe(200);

    await app.send(LogoutDocument, {}, bearer(accessToken));
    const after = await app.send(MeDocument, {}, bearer(accessToken));
    expect(after.status).toBe(401);
    expect(after.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_REVOKED' });
  });
});

describe('a full hash queue', () => {
  it('is SERVER_BUSY with a time to wait, while logged-in users are served', async () => {
    const busy = await startApp({
      HASH_CONCURRENCY: '1',
      HASH_QUEUE: '1',
      ARGON2_MEMORY_KIB: '65536',
      ARGON2_PASSES: '6',
    });
    const { email, password, tokens } = await busy.newcomer();
    const logins = Promise.all(
      Array.from({ length: 12 }, () => busy.send(LoginDocument, { input: { email, password } })),
    );
    const finished: string[] = [];
    const noted = async <T>(name: string, promise: Promise<T>) => {
      const result = await promise;
      finished.push(name);
      return result;
    };
    const meAnswer = noted('me', busy.send(MeDocument, {}, bearer(tokens.accessToken)));
    const answers = await noted('logins', logins);
    const { status } = await meAnswer;
    await busy.close();

    expect(status).toBe(200);
    expect(finished).toEqual(['me', 'logins']);
    const succeeded = answers.filter(({ data }) => data?.login.__typename === 'LoginSuccess');
    const refused = answers.filter((answer) => answer.status === 503);
    expect(succeeded.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(succeeded.length + refused.length).toBe(answers.length);
    for (const answer of refused) {
      expect(refusalOf(answer)).toEqual({ status: 503, code: 'SERVER_BUSY', challenge: null });
      expect(answer.errors[0]?.extensions).toMatchObject({ retryable: true, retryAfterSeconds: 1 });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });
});
