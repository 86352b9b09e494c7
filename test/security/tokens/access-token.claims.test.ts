import { inspectAccessToken, verifyAccessToken } from '../../../src/security/tokens/access-token.js';
import { claims, header, nowSeconds, options, refusal, signed } from './tokens.js';

const { sub: _, ...withoutSub } = claims();
const { exp: __, ...withoutExp } = claims();
const { scope: ___, ...withoutScope } = claims();

describe('access token with claims of ours that are wrong', () => {
  // CVE-2026-30863
  it.each([
    ['aud', 'https://other.example', 'aud'],
    ['aud', `${options.audience}/`, 'aud'],
    ['aud', options.audience.toUpperCase(), 'aud'],
    ['aud', [options.audience], 'claims'],
    ['aud', [options.audience, 'https://other.example'], 'claims'],
    ['aud', '', 'claims'],
    ['aud', null, 'claims'],
    ['iss', `${options.issuer}/`, 'iss'],
    ['iss', `${options.issuer}.evil.example`, 'iss'],
    ['iss', [options.issuer], 'claims'],
    ['client_id', 'gatehousf', 'client_id'],
  ])('is refused with %s %j', (claim, value, check) => {
    expect(refusal(signed(header, { ...claims(), [claim]: value }))).toBe(`TOKEN_INVALID ${check}`);
  });

  it.each([
    ['exp', String(nowSeconds + 60)],
    ['exp', 1e300],
    ['exp', 2 ** 53],
    ['exp', nowSeconds + 0.5],
    ['exp', -1],
    ['exp', null],
    ['exp', true],
    ['iat', String(nowSeconds)],
    ['iat', -1e300],
    ['iat', {}],
    ['auth_time', 'yesterday'],
    ['gen', 0],
    ['gen', 1.5],
    ['gen', '1'],
    ['nbf', 'tomorrow'],
    ['nbf', 1e300],
    ['nbf', null],
    ['sub', null],
    ['sub', {}],
    ['sub', ['01956e3c-1c00-7000-8000-00000000000a']],
    ['sub', '01956E3C-1C00-7000-8000-00000000000A'],
    ['sub', 'admin'],
    ['sid', ''],
    ['jti', 7],
    ['amr', 'pwd'],
    ['amr', [7]],
    ['roles', 'ADMIN'],
    ['roles', [['ADMIN']]],
    ['roles', { 0: 'ADMIN', length: 1 }],
    ['scope', null],
    ['scope', 7],
    ['scope', ['role:ADMIN']],
    ['scope', { 0: 'role:ADMIN' }],
    ['scope', ' role:ADMIN'],
    ['scope', 'role:USER  role:ADMIN'],
    ['scope', 'role:"ADMIN"'],
    ['scope', 'role:ADMIN\n'],
  ])('is refused with the claim %s %j', (claim, value) => {
    expect(refusal(signed(header, { ...claims(), [claim]: value }))).toBe('TOKEN_INVALID claims');
  });

  it('is refused with a lifetime past the limit, also far from now', () => {
    expect(refusal(signed(header, { ...claims(), exp: Number.MAX_SAFE_INTEGER }))).toBe('TOKEN_INVALID lifetime');
    expect(refusal(signed(header, { ...claims(), iat: 0, auth_time: 0 }))).toBe('TOKEN_INVALID lifetime');
  });

  it('is refused with a claim missing', () => {
    expect(refusal(signed(header, withoutSub))).toBe('TOKEN_INVALID claims');
    expect(refusal(signed(header, withoutExp))).toBe('TOKEN_INVALID claims');
    expect(refusal(signed(header, {}))).toBe('TOKEN_INVALID claims');
  });

  it('is refused with claims that stand on a prototype', () => {
    expect(refusal(signed(header, `{"__proto__":${JSON.stringify(claims())}}`))).toBe('TOKEN_INVALID claims');
    expect(
      refusal(signed(header, JSON.stringify(withoutSub).replace(/}$/, `,"__proto__":{"sub":"${claims().sub}"}}`))),
    ).toBe('TOKEN_INVALID claims');
  });

  it.each([
    ['an array', JSON.stringify([claims()])],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
    ['text', 'foo'],
    ['two objects', `${JSON.stringify(claims())}${JSON.stringify(claims())}`],
    ['a claim twice', JSON.stringify(claims()).replace('{', `{"sub":"${claims().sub}",`)],
    ['a claim twice, once in escapes', JSON.stringify(claims()).replace('{', '{"\\u0065xp":9999999999,')],
    [
      'a claim twice, all in escapes',
      JSON.stringify(claims()).replace('{', '{"\\u0072\\u006f\\u006c\\u0065\\u0073":["ADMIN"],'),
    ],
    ['__proto__ twice', JSON.stringify(claims()).replace('{', '{"__proto__":1,"__proto__":2,')],
    ['a byte order mark', `\ufeff${JSON.stringify(claims())}`],
  ])('is refused when its payload is %s', (_description, payload) => {
    expect(refusal(signed(header, payload))).toBe('TOKEN_INVALID payload');
  });
});

describe('access token of another release', () => {
  const accepted = (payload: unknown) => {
    const result = verifyAccessToken(signed(header, payload), options);
    return result.ok ? result.claims : result;
  };

  it('is accepted without a scope, which the previous release did not issue', () => {
    expect(accepted(withoutScope)).toEqual(withoutScope);
  });

  it('is accepted with the empty scope, that of a user without roles', () => {
    expect(accepted({ ...claims(), roles: [], scope: '' })).toEqual({ ...claims(), roles: [], scope: '' });
  });

  it('is accepted with the claims of the application, which are an object, and without them', () => {
    const app = { plan: 'pro' };
    expect(accepted({ ...claims(), app })).toEqual({ ...claims(), app });
    expect(accepted(claims())).not.toHaveProperty('app');
    expect(refusal(signed(header, { ...claims(), app: 'pro' }))).toBe('TOKEN_INVALID claims');
  });

  it.each([
    ['plan', 'pro'],
    ['email', 'ada@example.com'],
    ['act', { sub: 'x' }],
    ['cnf', {}],
    ['constructor', 1],
    ['toString', 'x'],
    ['Roles', ['ADMIN']],
    ['permissions', ['*']],
  ])('is accepted with the claim %s %j, which is not ours, and the claim is not in the result', (claim, value) => {
    expect(accepted({ ...claims(), [claim]: value })).toEqual(claims());
  });

  it('is accepted with a member called __proto__, which adds nothing', () => {
    const payload = JSON.stringify(claims()).replace('{', '{"__proto__":{"roles":["ADMIN"],"isAdministrator":true},');
    const result = accepted(payload);
    expect(result).toEqual(claims());
    expect('isAdministrator' in result).toBe(false);
  });

  it('is refused before the time that its nbf states, with 60 seconds of tolerance', () => {
    expect(refusal(signed(header, { ...claims(), nbf: nowSeconds - 3600 }))).toBe('accepted');
    expect(refusal(signed(header, { ...claims(), nbf: nowSeconds + 60 }))).toBe('accepted');
    expect(refusal(signed(header, { ...claims(), nbf: nowSeconds + 61 }))).toBe('TOKEN_INVALID nbf');
  });

  it('is refused with a claim that is not ours twice, because two readers could read two tokens', () => {
    const payload = JSON.stringify(claims()).replace('{', '{"app":{},"\\u0061pp":{"plan":"pro"},');
    expect(refusal(signed(header, payload))).toBe('TOKEN_INVALID payload');
  });

  it('is refused when claims that are not ours make it longer than 4 KiB', () => {
    expect(refusal(signed(header, { ...claims(), app: 'x'.repeat(4096) }))).toBe('TOKEN_INVALID form');
  });

  it('shows in an inspection which claims are ignored', () => {
    const { checks } = inspectAccessToken(signed(header, { ...claims(), plan: {}, email: 'x' }), options);
    expect(checks.find(({ check }) => check === 'claims')).toEqual({
      check: 'claims',
      ok: true,
      detail: 'complete; ignored: plan, email',
    });
  });
});
