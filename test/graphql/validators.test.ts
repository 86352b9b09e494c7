import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import { LoginDocument } from '../support/generated/operations.js';
import { badInput, CANARY, tooLarge, watchForTraces, type AssertRejected } from '../support/rejected-request.js';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;
let isRefused: AssertRejected;

beforeAll(async () => {
  app = await startApp();
  user = await app.newcomer();
  admin = await app.newcomer('ADMIN');
});

beforeEach(async () => {
  isRefused = await watchForTraces(app);
});

afterAll(async () => {
  await app.close();
});

const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }';
const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const verifyEmail = 'mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename } }';
const refresh = 'mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { __typename } }';
const logout = 'mutation ($input: LogoutInput) { logout(input: $input) { done } }';
const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }';
const revoke = 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }';
const disable = 'mutation ($input: UserIdInput!) { disableUser(input: $input) { __typename } }';
const setRoles = 'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { __typename } }';

const send = (query: string, input: unknown, headers: Record<string, string> = {}) =>
  app.post(JSON.stringify({ query, variables: { input } }), headers);

const email = `${CANARY}@example.com`;
const password = `${CANARY} ${PASSWORD}`;

describe('text that is too long, is empty or contains invalid characters', () => {
  const asUser = () => bearer(user.tokens.accessToken);
  const asAdmin = () => bearer(admin.tokens.accessToken);

  const texts: [string, string][] = [
    ['empty', ''],
    ['too long', `${CANARY}${'x'.repeat(2000)}`],
    ['a lone high surrogate', `${CANARY}\ud800`],
    ['a lone low surrogate', `\udc00${CANARY}`],
    ['surrogates the wrong way round', `${CANARY}\udc00\ud800`],
  ];

  const lines: [string, string][] = [
    ...texts,
    ['a NUL', `${CANARY}\0@example.com`],
    ['a line break', `${CANARY}@example.com\r\nBcc: ${CANARY}@evil.example`],
    ['a tab', `${CANARY}\t@example.com`],
    ['a C1 control', `${CANARY}\u0085@example.com`],
    ['a DEL', `${CANARY}\u007f@example.com`],
  ];

  it.each(lines)('is BAD_USER_INPUT as an address, a name, a locale: %s', async (_description, text) => {
    await isRefused(await send(signUp, { email: text, password }), badInput);
    await isRefused(await send(signUp, { email, password, name: text }), badInput);
    await isRefused(await send(signUp, { email, password, locale: text }), badInput);
    await isRefused(await send(login, { email: text, password }), badInput);
  });

  it.each(texts)('is BAD_USER_INPUT as a password: %s', async (_description, text) => {
    await isRefused(await send(signUp, { email, password: text }), badInput);
    await isRefused(await send(login, { email, password: text }), badInput);
    await isRefused(await send(verifyEmail, { token: 'x', newPassword: text }), badInput);
    await isRefused(await send(change, { currentPassword: text, newPassword: password }, asUser()), badInput);
    await isRefused(await send(change, { currentPassword: password, newPassword: text }, asUser()), badInput);
  });

  it.each(lines)('is just no token as a token, so that it never stands in the way: %s', async (_description, text) => {
    const answers = [
      await send(refresh, { refreshToken: text }),
      await send(logout, { refreshToken: text }),
      await send(verifyEmail, { token: text }),
      await send(verifyEmail, { token: 'x', receipt: text }),
    ];
    expect(answers.map(({ status, errors }) => ({ status, errors }))).toEqual(
      answers.map(() => ({ status: 200, errors: [] })),
    );
    expect(answers.map((answer) => answer.text).join()).not.toMatch(new RegExp(`${CANARY}|Success"`, 'i'));
  });

  it.each(lines)('is BAD_USER_INPUT as an id: %s', async (_description, text) => {
    await isRefused(await send(revoke, { sessionId: text }, asUser()), badInput);
    await isRefused(await send(disable, { userId: text }, asAdmin()), badInput);
    await isRefused(await send(setRoles, { userId: text, roles: ['USER'] }, asAdmin()), badInput);
  });

  it('names the fields that are not acceptable, and nothing of what is in them', async () => {
    const { errors, text } = await send(signUp, { email: '', password: '', name: `${CANARY}\n` });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['email', 'password', 'name'] });
    expect(text).not.toContain(CANARY);
  });

  it('stops one root field of a mutation, and tells which', async () => {
    const query =
      'mutation ($input: LoginInput!) { first: logout { done } second: login(input: $input) { __typename } }';
    const { status, errors } = await app.post(JSON.stringify({ query, variables: { input: { email: '', password } } }));
    expect(status).toBe(400);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['second'], extensions: { code: 'BAD_USER_INPUT' } });
  });
});

describe('a password of a megabyte (CVE-2013-1443)', () => {
  it('is refused with the whole body', async () => {
    for (const query of [login, signUp]) {
      await isRefused(await send(query, { email, password: CANARY.repeat(80_000) }), tooLarge);
    }
  });

  it('is refused as an input when the body just holds it', async () => {
    for (const query of [login, signUp]) {
      await isRefused(await send(query, { email, password: CANARY.repeat(7000) }), badInput);
    }
  });

  it('is never hashed, nor is one that is merely too long to have been accepted', async () => {
    const slow = await startApp({ ARGON2_MEMORY_KIB: '65536', ARGON2_PASSES: '6' });
    const cost = async (length: number) => {
      const input = { email: 'nobody@example.com', password: 'x'.repeat(length) };
      return (await measureCpu(() => slow.send(LoginDocument, { input }))).cpuMilliseconds;
    };
    await cost(15);
    const hashed = await cost(256);
    const [longer, long, megabyte] = [await cost(257), await cost(1025), await cost(1_000_000)];
    await slow.close();
    expect(longer).toBeLessThan(hashed / 2);
    expect(long).toBeLessThan(hashed / 2);
    expect(megabyte).toBeLessThan(hashed / 2);
  });
});
