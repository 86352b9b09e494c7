import { bearer, PASSWORD, startApp, type Answer, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import { LoginDocument } from '../support/generated/operations.js';
import { CANARY, countRows, tooLarge, watchForTraces } from '../support/rejected-request.js';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp();
  user = await app.newcomer();
});

afterAll(async () => {
  await app.close();
});

/** Everything that a result union tells about a failure. */
const selection =
  '__typename ... on ErrorResult { code retryable ... on InvalidInputError { fields } ... on WeakPasswordError { reasons } }';

const send = (operation: string, input: object): Promise<Answer> => {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { result: ${operation}(input: $input) { ${selection} } }`;
  return app.post(JSON.stringify({ query, variables: { input } }), bearer(user.tokens.accessToken));
};

/** Sends a malformed value. It must lead to a result, to no row, and to no trace in the response or the log. */
const resultOf = async (operation: string, input: object): Promise<unknown> => {
  const before = await countRows(app);
  const attempts = await app.database.query('SELECT password_attempts, revoked_at FROM auth_session');
  const limits = await app.database.query('SELECT * FROM auth_rate_limit ORDER BY key');
  const linesBefore = app.log.length;
  const { status, errors, data, text } = await send(operation, input);
  expect({ status, errors }).toEqual({ status: 200, errors: [] });
  expect(text.toLowerCase()).not.toContain(CANARY);
  const lines = app.log.slice(linesBefore);
  expect(lines.filter((line) => line.toLowerCase().includes(CANARY) || line.includes('"level":50'))).toEqual([]);
  expect(await countRows(app)).toEqual(before);
  expect(await app.database.query('SELECT password_attempts, revoked_at FROM auth_session')).toEqual(attempts);
  expect(await app.database.query('SELECT * FROM auth_rate_limit ORDER BY key')).toEqual(limits);
  return (data as { result: unknown }).result;
};

const failure = (name: string, code: string, details: object = {}) => ({
  __typename: name,
  code,
  retryable: false,
  ...details,
});

const invalidInput = (...fields: string[]) => failure('InvalidInputError', 'INVALID_INPUT', { fields });
const invalidEmail = failure('InvalidEmailError', 'INVALID_EMAIL');
const invalidCredentials = failure('InvalidCredentialsError', 'INVALID_CREDENTIALS');
const invalidToken = failure('InvalidTokenError', 'INVALID_TOKEN');
const notFound = failure('NotFoundError', 'NOT_FOUND');
const weak = (reason: string) => failure('WeakPasswordError', 'WEAK_PASSWORD', { reasons: [reason] });

const email = 'somebody-new@example.com';
const password = PASSWORD;

const controls: [string, string][] = [
  ['a NUL', `${CANARY}\0`],
  ['a line break', `${CANARY}\r\n${CANARY}`],
  ['a tab', `${CANARY}\t${CANARY}`],
  ['a C1 control', `${CANARY}\u0085`],
  ['a DEL', `${CANARY}\u007f`],
];

const surrogates: [string, string][] = [
  ['a lone high surrogate', `${CANARY}\ud800`],
  ['a lone low surrogate', `\udc00${CANARY}`],
  ['surrogates in the wrong order', `${CANARY}\udc00\ud800`],
];

describe('a name', () => {
  const bidirectional = [
    ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
    ...['\u200e', '\u200f', '\u061c'],
  ].map((control): [string, string] => [
    `the bidirectional control U+${control.charCodeAt(0).toString(16)}`,
    `${CANARY}${control}`,
  ]);

  it.each([
    ...controls,
    ...surrogates,
    ...bidirectional,
    ['201 code points', 'a'.repeat(201)],
    ['only white space', ' \u00a0\u2003'],
    ['a megabyte, as far as the body allows it', CANARY.repeat(7000)],
  ])('is InvalidInputError at signUp and updateProfile: %s', async (_description, name) => {
    expect(await resultOf('signUp', { email, password, name })).toEqual(invalidInput('name'));
    expect(await resultOf('updateProfile', { name })).toEqual(invalidInput('name'));
  });
});

describe('a locale', () => {
  it.each([
    ...controls,
    ...surrogates,
    ['an unknown language', 'xx'],
    ['an underscore', 'de_AT'],
    ['a path', '../../etc/passwd'],
    ['only white space', ' '],
    ['more than 35 characters', 'de-x-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaa'],
    ['a megabyte, as far as the body allows it', `de-${'a-'.repeat(40_000)}`],
  ])('is InvalidInputError at signUp and updateProfile: %s', async (_description, locale) => {
    expect(await resultOf('signUp', { email, password, locale })).toEqual(invalidInput('locale'));
    expect(await resultOf('updateProfile', { locale })).toEqual(invalidInput('locale'));
  });

  it('is reported together with an invalid name', async () => {
    expect(await resultOf('signUp', { email, password, name: ' ', locale: 'xx' })).toEqual(
      invalidInput('name', 'locale'),
    );
    expect(await resultOf('updateProfile', { name: ' ', locale: 'xx' })).toEqual(invalidInput('name', 'locale'));
  });
});

describe('an address', () => {
  it.each([
    ...surrogates,
    ['empty', ''],
    ['only white space', ' \r\n\t'],
    ['not an address', CANARY],
    ['a NUL inside', `${CANARY}\0@example.com`],
    ['a line break inside', `${CANARY}@example.com\r\nBcc: ${CANARY}@evil.example`],
    ['a tab inside', `${CANARY}\t@example.com`],
    ['a C1 control', `${CANARY}\u0085@example.com`],
    ['an encoded word', `=?utf-8?q?${CANARY}?=@example.com`],
    ['too long', `${CANARY}@${'b.'.repeat(125)}com`],
    ['a megabyte, as far as the body allows it', `${CANARY.repeat(7000)}@example.com`],
  ])('is InvalidEmailError where an email is requested, and InvalidCredentialsError at login: %s', async (_, text) => {
    expect(await resultOf('signUp', { email: text, password })).toEqual(invalidEmail);
    expect(await resultOf('resendVerificationEmail', { email: text })).toEqual(invalidEmail);
    expect(await resultOf('requestPasswordReset', { email: text })).toEqual(invalidEmail);
    expect(await resultOf('requestEmailChange', { newEmail: text, password })).toEqual(invalidEmail);
    expect(await resultOf('login', { email: text, password })).toEqual(invalidCredentials);
  });
});

describe('a current password', () => {
  it.each([
    ...surrogates,
    ['empty', ''],
    ['longer than any password', `${CANARY}${'x'.repeat(257)}`],
    ['a megabyte, as far as the body allows it', CANARY.repeat(7000)],
  ])('is InvalidCredentialsError wherever it is required, and is not counted: %s', async (_description, text) => {
    const newPassword = 'an entirely different one';
    expect(await resultOf('login', { email: user.email, password: text })).toEqual(invalidCredentials);
    expect(await resultOf('changePassword', { currentPassword: text, newPassword })).toEqual(invalidCredentials);
    expect(await resultOf('requestEmailChange', { newEmail: email, password: text })).toEqual(invalidCredentials);
    expect(await resultOf('deleteMyAccount', { password: text })).toEqual(invalidCredentials);
    expect(await resultOf('exportMyData', { password: text })).toEqual(invalidCredentials);
  });
});

describe('a new password', () => {
  const wellFormedToken = `${'A'.repeat(22)}.${'A'.repeat(43)}`;

  it.each([
    ['one code point too long', 'TOO_LONG', '🦉'.repeat(257)],
    ['a megabyte, as far as the body allows it', 'TOO_LONG', CANARY.repeat(7000)],
    ...surrogates.map(([description, text]): [string, string, string] => [description, 'TOO_SHORT', text]),
  ])('is WeakPasswordError wherever it is given: %s', async (_description, reason, newPassword) => {
    expect(await resultOf('signUp', { email, password: newPassword })).toEqual(weak(reason));
    expect(await resultOf('verifyEmail', { token: wellFormedToken, newPassword })).toEqual(weak(reason));
    expect(await resultOf('resetPassword', { token: wellFormedToken, newPassword })).toEqual(weak(reason));
    expect(await resultOf('changePassword', { currentPassword: password, newPassword })).toEqual(weak(reason));
  });
});

describe('a one-time token', () => {
  it.each([...controls, ...surrogates, ['empty', ''], ['a megabyte', CANARY.repeat(7000)]])(
    'is InvalidTokenError: %s',
    async (_description, token) => {
      const newPassword = 'an entirely different one';
      expect(await resultOf('verifyEmail', { token, receipt: token.slice(0, 100), newPassword })).toEqual(invalidToken);
      expect(await resultOf('resetPassword', { token, newPassword })).toEqual(invalidToken);
      expect(await resultOf('confirmEmailChange', { token })).toEqual(invalidToken);
    },
  );
});

describe('a refresh token', () => {
  it.each([...controls, ...surrogates, ['empty', ''], ['a megabyte', CANARY.repeat(7000)]])(
    'is InvalidRefreshTokenError, and does not stop a logout: %s',
    async (_description, refreshToken) => {
      expect(await resultOf('refreshSession', { refreshToken })).toEqual(
        failure('InvalidRefreshTokenError', 'INVALID_REFRESH_TOKEN'),
      );
      const query = 'mutation ($input: LogoutInput) { logout(input: $input) { revokedSessions } }';
      const { status, data } = await app.post(JSON.stringify({ query, variables: { input: { refreshToken } } }));
      expect({ status, data }).toEqual({ status: 200, data: { logout: { revokedSessions: 0 } } });
    },
  );
});

describe('the id of a session', () => {
  it.each([...controls, ...surrogates, ['empty', ''], ['no UUID', 'x'], ['a megabyte', CANARY.repeat(7000)]])(
    'is NotFoundError: %s',
    async (_description, sessionId) => {
      expect(await resultOf('revokeSession', { sessionId })).toEqual(notFound);
    },
  );
});

describe('a password of a megabyte (CVE-2013-1443)', () => {
  it('is refused with the whole body', async () => {
    const assertRejected = await watchForTraces(app);
    for (const operation of ['login', 'signUp'])
      await assertRejected(await send(operation, { email, password: CANARY.repeat(80_000) }), tooLarge);
  });

  it('is never hashed, and neither is any password that exceeds the maximum length', async () => {
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
