import {
  inspectAccessToken,
  signAccessToken,
  verifyAccessToken,
  type VerifyOptions,
} from '../../../src/security/tokens/access-token.js';
import { parseJws, signJws as signJws } from '../../../src/security/tokens/jws.js';
import { createKeyRing } from '../../../src/security/tokens/key-ring.js';
import { importJwkSet } from '../../../src/security/tokens/public-jwk.js';
import { claims, ecKey, hmacKey, nowSeconds, options, rsaKey } from './tokens.js';

const signed = (replaced: Parameters<typeof claims>[0]): string => signAccessToken(claims(replaced), ecKey);
const at = (seconds: number): VerifyOptions => ({ ...options, now: new Date((nowSeconds + seconds) * 1000) });

describe('access token', () => {
  it('has exactly the header alg, typ, kid and exactly the claims it was given', () => {
    const jws = parseJws(signAccessToken(claims(), ecKey));
    expect(JSON.stringify(jws?.header)).toBe(`{"alg":"ES256","typ":"at+jwt","kid":"${ecKey.kid}"}`);
    expect(JSON.parse(String(jws?.payload))).toEqual(claims());
  });

  it.each([['ES256', ecKey] as const, ['RS256', rsaKey] as const, ['HS256', hmacKey] as const])(
    'is verified as it was signed: %s',
    (_, key) => {
      const keys = createKeyRing([key]);
      expect(verifyAccessToken(signAccessToken(claims(), key), { ...options, keys })).toEqual({
        ok: true,
        claims: claims(),
        kid: key.kid,
      });
    },
  );

  it('is verified under an older key of the ring', () => {
    const keys = createKeyRing([rsaKey, ecKey]);
    expect(verifyAccessToken(signAccessToken(claims(), ecKey), { ...options, keys })).toMatchObject({
      ok: true,
      kid: ecKey.kid,
    });
  });

  it('names the check kid when the key is unknown, so that keys can be loaded again', () => {
    expect(verifyAccessToken(signAccessToken(claims(), rsaKey), options)).toEqual({
      ok: false,
      reason: 'TOKEN_INVALID',
      check: 'kid',
    });
  });

  it.each([
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'https://other.example' }],
    ['client_id', { client_id: 'other' }],
    ['lifetime', { exp: nowSeconds + 1771 }],
    ['lifetime', { exp: nowSeconds - 30 }],
    ['lifetime', { exp: nowSeconds - 31 }],
    ['iat', { iat: nowSeconds + 61 }],
    ['auth_time', { auth_time: nowSeconds - 29 }],
  ])('is invalid by its %s: %j', (check, replaced) => {
    expect(verifyAccessToken(signed(replaced), options)).toEqual({ ok: false, reason: 'TOKEN_INVALID', check });
  });

  it('is good until 60 seconds after exp and expired from then on', () => {
    const token = signed({});
    expect(verifyAccessToken(token, at(1770 + 59))).toMatchObject({ ok: true });
    expect(verifyAccessToken(token, at(1770 + 60))).toEqual({ ok: false, reason: 'TOKEN_EXPIRED', check: 'exp' });
  });

  it('is good from 60 seconds before iat', () => {
    const token = signed({});
    expect(verifyAccessToken(token, at(-30 - 60))).toMatchObject({ ok: true });
    expect(verifyAccessToken(token, at(-30 - 61))).toEqual({ ok: false, reason: 'TOKEN_INVALID', check: 'iat' });
  });

  it('is called expired only when it is valid in every other way', () => {
    const late = at(10_000);
    expect(verifyAccessToken(signed({}), late)).toMatchObject({ reason: 'TOKEN_EXPIRED' });
    expect(verifyAccessToken(signed({ aud: 'https://other.example' }), late)).toMatchObject({
      reason: 'TOKEN_INVALID',
    });
    expect(verifyAccessToken(signed({}).slice(0, -8) + 'AAAAAAAA', late)).toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  it('is never valid for an invalid clock', () => {
    expect(verifyAccessToken(signed({}), { ...options, now: new Date(NaN) })).toMatchObject({ ok: false });
  });

  it('may carry no roles', () => {
    expect(verifyAccessToken(signed({ roles: [] }), options)).toMatchObject({ ok: true, claims: { roles: [] } });
  });

  it('is not signed with claims that would not be accepted', () => {
    expect(() => signed({ sub: 'somebody' })).toThrow('the claim sub');
    expect(() => signed({ gen: 0 })).toThrow('the claim gen');
    expect(() => signed({ exp: 1.5 })).toThrow('the claim exp');
    expect(() => signed({ roles: [''] })).toThrow('the claim roles');
    expect(() => signed({ scope: 'role:"ADMIN"' })).toThrow('the claim scope');
    expect(() => signAccessToken({ ...claims(), ...{ email: 'a@example.com' } }, ecKey)).toThrow('the claim email');
    expect(() => signed({ roles: Array.from({ length: 900 }, () => 'ADMIN') })).toThrow('at most 4096');
  });
});

describe('access token inspection', () => {
  const order = [
    'form',
    'header',
    'kid',
    'alg',
    'signature',
    'payload',
    'claims',
    'iss',
    'aud',
    'client_id',
    'lifetime',
    'iat',
    'nbf',
    'auth_time',
    'exp',
  ];
  const verdicts = (token: string, inspected = options): [string, boolean | undefined][] =>
    inspectAccessToken(token, inspected).checks.map(({ check, ok }) => [check, ok]);

  it('reports ok for every check, in order, when verification succeeds', () => {
    expect(verdicts(signed({}))).toEqual(order.map((check) => [check, true]));
  });

  it('shows header and claims', () => {
    expect(inspectAccessToken(signed({}), options)).toMatchObject({
      header: { alg: 'ES256', typ: 'at+jwt' },
      claims: claims(),
    });
  });

  it('continues after a failure and reports what it found', () => {
    const { checks } = inspectAccessToken(signed({ aud: 'https://other.example' }), at(1770 + 90));
    expect(checks.filter(({ ok }) => ok !== true)).toEqual([
      { check: 'aud', ok: false, detail: 'https://other.example' },
      { check: 'exp', ok: false, detail: '-90 s left' },
    ]);
  });

  it('shows a token of an unknown key, whose signature cannot be checked', () => {
    const { checks } = inspectAccessToken(signAccessToken(claims(), rsaKey), options);
    expect(checks.filter(({ ok }) => ok !== true).map(({ check, ok }) => [check, ok])).toEqual([
      ['kid', false],
      ['alg', undefined],
      ['signature', undefined],
    ]);
  });

  it('needs no keys', () => {
    const { keys: _, ...keyless } = options;
    const { checks } = inspectAccessToken(signed({}), keyless);
    expect(checks.filter(({ ok }) => ok !== true).map(({ check, ok }) => [check, ok])).toEqual([
      ['kid', undefined],
      ['alg', undefined],
      ['signature', undefined],
    ]);
  });

  it('needs no more than the published keys', () => {
    const keys = importJwkSet({
      keys: createKeyRing([ecKey])
        .jwks()
        .keys.map((jwk) => ({ ...jwk })),
    });
    expect(verdicts(signed({}), { ...options, keys })).toEqual(order.map((check) => [check, true]));
  });

  it('marks what a broken token left unreached', () => {
    expect(inspectAccessToken('null', options)).toEqual({
      checks: order.map((check) =>
        check === 'form'
          ? { check, ok: false, detail: '4 characters' }
          : { check, ok: undefined, detail: 'not reached' },
      ),
      header: undefined,
      claims: undefined,
    });
  });

  it.each([
    ['header', `eyJhbGciOjF9${signed({}).slice(signed({}).indexOf('.'))}`],
    ['payload', signJws([], 'at+jwt', ecKey)],
    ['claims', signJws({ ...claims(), sub: 'somebody' }, 'at+jwt', ecKey)],
  ])('ends at the %s when it can not be read further', (last, token) => {
    const reached = order.slice(0, order.indexOf(last));
    expect(verdicts(token)).toEqual([
      ...reached.map((check) => [check, true]),
      [last, false],
      ...order.slice(reached.length + 1).map((check) => [check, undefined]),
    ]);
  });

  it('names the claim that is wrong', () => {
    const { checks } = inspectAccessToken(signJws({ ...claims(), sub: 'somebody' }, 'at+jwt', ecKey), options);
    expect(checks.find(({ check }) => check === 'claims')?.detail).toBe('sub');
  });

  it('agrees with verification: the first check that is not ok is the one that verify names', () => {
    const broken = [
      signed({ iss: 'x' }),
      signed({ iat: nowSeconds + 61 }),
      signAccessToken(claims(), rsaKey),
      'a.b.c',
      signed({}) + '.',
    ];
    for (const token of broken) {
      const first = inspectAccessToken(token, options).checks.find(({ ok }) => ok !== true);
      expect(verifyAccessToken(token, options)).toMatchObject({ ok: false, check: first?.check });
    }
  });
});
