import { createHmac, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';

import { signAccessToken } from '../../../src/security/tokens/access-token.js';
import { createKeyRing } from '../../../src/security/tokens/key-ring.js';
import { claims, ecKey, encode, header, hmacKey, options, refusal, rsaKey, signed } from './tokens.js';

function hmac(head: unknown, secret: string | Buffer): string {
  const input = `${encode(head)}.${encode(claims())}`;
  return `${input}.${encode(createHmac('sha256', secret).update(input).digest())}`;
}

describe('forged access token', () => {
  it('is told from one that this test signs correctly', () => {
    expect(refusal(signed(header, claims()))).toBe('accepted');
  });

  // CVE-2015-2951, CVE-2022-23540
  it.each(['none', 'NoNe', 'NONE', '', 'ES256 ', 'es256', 'ES384', 'PS256', 'EdDSA'])(
    'is refused with alg %j',
    (alg) => {
      expect(refusal(signed({ ...header, alg }, claims()))).toBe('TOKEN_INVALID alg');
    },
  );

  it.each(['none', 'NoNe', 'ES256'])('is refused with alg %j and an empty signature', (alg) => {
    const input = `${encode({ ...header, alg })}.${encode(claims())}`;
    expect(refusal(`${input}.`)).toBe('TOKEN_INVALID form');
    expect(refusal(input)).toBe('TOKEN_INVALID form');
  });

  // CVE-2016-10555, CVE-2022-23541
  it.each([ecKey, rsaKey])('is refused when signed with HS256 under our public key: $algorithm', (key) => {
    const keys = createKeyRing([key]);
    const spki = key.verifyingKey.export({ format: 'pem', type: 'spki' });
    const materials = [
      spki,
      String(spki).trim(),
      key.verifyingKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(key.verifyingKey.export({ format: 'jwk' })),
      JSON.stringify(keys.jwks().keys[0]),
      JSON.stringify(keys.jwks()),
    ];
    for (const secret of materials) {
      expect(refusal(hmac({ ...header, alg: 'HS256', kid: key.kid }, secret), { ...options, keys })).toBe(
        'TOKEN_INVALID alg',
      );
    }
  });

  it('is refused when it is signed with a key pair while the server uses a shared secret', () => {
    const accepted = { ...options, keys: createKeyRing([hmacKey]) };
    expect(refusal(signed({ ...header, kid: hmacKey.kid }, claims()), accepted)).toBe('TOKEN_INVALID alg');
    expect(refusal(hmac({ ...header, alg: 'HS256', kid: hmacKey.kid }, ''), accepted)).toBe('TOKEN_INVALID signature');
  });

  it('is refused when a stranger signed it under the kid of our key', () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect(refusal(signed(header, claims(), stranger))).toBe('TOKEN_INVALID signature');
  });

  // CVE-2018-0114, RFC 8725 section 3.10
  it.each(['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'cty', 'zip', 'nonce'])(
    'is refused with a header that says %s',
    (member) => {
      const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      const value =
        member === 'jwk' ? createPublicKey(stranger).export({ format: 'jwk' }) : 'https://evil.example/jwks.json';
      expect(refusal(signed({ ...header, [member]: value }, claims(), stranger))).toBe('TOKEN_INVALID header');
      expect(refusal(signed({ ...header, [member]: value }, claims()))).toBe('TOKEN_INVALID header');
    },
  );

  it.each([
    '',
    '../../../../dev/null',
    '/etc/passwd',
    "' UNION SELECT 'secret' --",
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'https://evil.example/key',
    '\0',
    `${ecKey.kid}\0`,
    ` ${ecKey.kid}`,
  ])('is refused with the kid %j', (kid) => {
    expect(refusal(signed({ ...header, kid }, claims()))).toBe('TOKEN_INVALID kid');
  });

  it('is refused with a kid of 1 MB', () => {
    expect(refusal(signed({ ...header, kid: 'k'.repeat(1_000_000) }, claims()))).toBe('TOKEN_INVALID form');
  });

  it.each([undefined, null, 1, true, [ecKey.kid], { kid: ecKey.kid }])('is refused with the kid %j', (kid) => {
    expect(refusal(signed({ ...header, kid }, claims()))).toBe('TOKEN_INVALID header');
  });

  it.each([undefined, null, 1, ['ES256'], {}])('is refused with the alg %j', (alg) => {
    expect(refusal(signed({ ...header, alg }, claims()))).toBe('TOKEN_INVALID header');
  });

  // CVE-2026-35042, CVE-2026-32597
  it.each([
    [{ crit: ['b64'], b64: false }],
    [{ crit: ['exp'] }],
    [{ crit: ['x'], x: 1 }],
    [{ crit: [] }],
    [{ b64: false }],
    [{ b64: true }],
  ])('is refused with the header member %j', (members) => {
    expect(refusal(signed({ ...header, ...members }, claims()))).toBe('TOKEN_INVALID header');
  });

  // RFC 8725 section 3.11
  it.each(['JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'at+jwt ', '', undefined, null, ['at+jwt']])(
    'is refused with the typ %j',
    (typ) => {
      expect(refusal(signed({ ...header, typ }, claims()))).toBe('TOKEN_INVALID header');
    },
  );

  it.each([
    ['a member twice', JSON.stringify(header).replace('{', '{"alg":"none",')],
    ['a member twice, once in escapes', JSON.stringify(header).replace('{', '{"\\u0061lg":"none",')],
    ['an array', JSON.stringify([header])],
    ['text', 'foo'],
  ])('is refused when its header is %s', (_description, head) => {
    expect(refusal(signed(head, claims()))).toBe('TOKEN_INVALID form');
  });

  it.each([
    ['padding', (token: string) => `${token}==`],
    ['padding inside', (token: string) => token.replace('.', '=.')],
    ['white space before', (token: string) => ` ${token}`],
    ['a line break behind', (token: string) => `${token}\r\n`],
    ['a NUL behind', (token: string) => `${token}\0`],
    ['a tab inside', (token: string) => token.replace('.', '\t.')],
    ['a full-width full stop', (token: string) => token.replace('.', '\uff0e')],
    ['the scheme before it', (token: string) => `Bearer ${token}`],
    ['a comma and itself', (token: string) => `${token},${token}`],
    ['a fourth part', (token: string) => `${token}.`],
  ])('is refused in another spelling: %s', (_description, respell) => {
    expect(refusal(respell(signAccessToken(claims(), ecKey)))).toBe('TOKEN_INVALID form');
  });

  it('is refused in each other spelling of the last character of its signature', () => {
    for (const key of [ecKey, rsaKey, hmacKey]) {
      const token = signAccessToken(claims(), key);
      const bytes = Buffer.from(String(token.split('.')[2]), 'base64url');
      const spellings = Array.from(
        'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
        (last) => token.slice(0, -1) + last,
      )
        .filter((twin) => twin !== token)
        .filter((twin) => Buffer.from(String(twin.split('.')[2]), 'base64url').equals(bytes));
      expect(spellings.length).toBeGreaterThan(0);
      for (const twin of spellings)
        expect(refusal(twin, { ...options, keys: createKeyRing([key]) })).toBe('TOKEN_INVALID form');
    }
  });

  // CVE-2022-21449
  it('is refused with a signature of zeros, of DER, or of none', () => {
    const input = signAccessToken(claims(), ecKey).split('.').slice(0, 2).join('.');
    const der = createSign('sha256').update(input).sign(ecKey.signingKey);
    expect(refusal(`${input}.${encode(Buffer.alloc(64))}`)).toBe('TOKEN_INVALID signature');
    expect(refusal(`${input}.${encode(der)}`)).toBe('TOKEN_INVALID signature');
    expect(refusal(`${input}.AA`)).toBe('TOKEN_INVALID signature');
  });

  it.each(['', ' ', 'null', 'undefined', '[object Object]', '..', '.'.repeat(1000), '\ud800', 'A'.repeat(10_000_000)])(
    'is refused, without a throw, as some text (%#)',
    (token) => {
      expect(refusal(token)).toBe('TOKEN_INVALID form');
    },
  );
});
