import { StoreUnavailable } from '../../src/store/errors.js';
import { client, startCore, type TestCore } from '../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore({ SIGN_UP: 'closed', ACCESS_TOKEN_TTL_SECONDS: '60', PASSWORD_MIN_LENGTH: '20' });
});

afterAll(() => core.close());

describe('auth.authenticate', () => {
  it('returns MISSING for a request without a bearer token, and reads no row', async () => {
    const before = core.auth.principalReads();
    expect(await core.auth.authenticate([])).toEqual({ kind: 'anonymous', reason: 'MISSING' });
    expect(await core.auth.authenticate(['Basic YTpi'])).toEqual({ kind: 'anonymous', reason: 'MISSING' });
    expect(core.auth.principalReads()).toBe(before);
  });

  it('identifies the caller by the access token of a login, until the session is revoked', async () => {
    const { caller, tokens } = await core.createCaller('caller@example.com');
    const authenticate = () => core.auth.authenticate([`Bearer ${tokens.accessToken}`]);
    expect(await authenticate()).toEqual(caller);
    await core.auth.users.revokeSessions(caller.userId, { kind: 'system' });
    expect(await authenticate()).toMatchObject({ kind: 'anonymous', reason: 'SESSION_REVOKED' });
  });

  it('throws BAD_AUTHORIZATION_HEADER for two headers', async () => {
    const refused = core.auth.authenticate(['Bearer a', 'Bearer b']);
    await expect(refused).rejects.toMatchObject({ code: 'BAD_AUTHORIZATION_HEADER' });
  });
});

describe('auth.settings', () => {
  it('contains the part of the configuration that a client may know', () => {
    expect(core.auth.settings).toEqual({
      signUp: 'closed',
      requireVerifiedEmail: true,
      passwordPolicy: { minLength: 20, maxLength: 256, leakedPasswordsRefused: true },
      accessTokenTtlSeconds: 60,
      sessionIdleTtlSeconds: 2_592_000,
      sessionAbsoluteTtlSeconds: 7_776_000,
    });
  });
});

describe('auth.jwks', () => {
  it('publishes the public half of the signing key only', () => {
    const { keys } = core.auth.jwks();
    expect(keys).toMatchObject([{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }]);
    expect(keys[0]).not.toHaveProperty('d');
  });
});

describe('a flow while the database is unavailable', () => {
  it('throws SERVICE_UNAVAILABLE with the seconds after which to retry', async () => {
    const { caller } = await core.createCaller('unavailable@example.com');
    core.interrupt(() => Promise.reject(new StoreUnavailable('no connection')));
    await expect(core.auth.updateProfile(caller, { name: 'Ada' }, client)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      detail: { retryAfterSeconds: 5 },
    });
  });
});
