import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto';

import { firstFailedCheck, checkJws, parseJws, signJws, verifyJwsSignature } from '../../../src/security/tokens/jws.js';
import { createKeyRing, type SigningAlgorithm, type VerifyingKey } from '../../../src/security/tokens/key-ring.js';
import { ecKey, hmacKey, rsaKey } from './tokens.js';

const payload = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';

/** RFC 7515 appendix A.1 to A.3: header, signature, key. */
const a1 = {
  header: 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9',
  signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  secret: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
};
const a2 = {
  header: 'eyJhbGciOiJSUzI1NiJ9',
  signature:
    'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKB' +
    'YNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6Bf' +
    'I7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
  jwk: {
    kty: 'RSA',
    n:
      'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRP' +
      'EwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qC' +
      'o5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    e: 'AQAB',
  },
};
const a3 = {
  header: 'eyJhbGciOiJFUzI1NiJ9',
  signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  },
};

function publicKey(algorithm: SigningAlgorithm, jwk: JsonWebKey): VerifyingKey {
  return { kid: 'rfc7515', algorithm, verifyingKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}

function holds(token: string, key: VerifyingKey): boolean {
  const jws = parseJws(token);
  return jws !== undefined && verifyJwsSignature(jws, key);
}

/** Puts another signature in the place of a token's own. */
function withSignature(token: string, change: (signature: Buffer) => Buffer): string {
  const [header, body, signature] = token.split('.');
  return [header, body, change(Buffer.from(String(signature), 'base64url')).toString('base64url')].join('.');
}

describe('JWS signature', () => {
  it('verifies HS256 of RFC 7515 appendix A.1', () => {
    const verifyingKey = createSecretKey(Buffer.from(a1.secret, 'base64url'));
    const key = { kid: 'rfc7515', algorithm: 'HS256', verifyingKey } as const;
    expect(holds(`${a1.header}.${payload}.${a1.signature}`, key)).toBe(true);
    expect(holds(`${a1.header}.${payload}.${a3.signature}`, key)).toBe(false);
  });

  it('verifies RS256 of RFC 7515 appendix A.2', () => {
    const key = publicKey('RS256', a2.jwk);
    expect(holds(`${a2.header}.${payload}.${a2.signature}`, key)).toBe(true);
    expect(holds(`${a2.header}.${payload}.${a3.signature}`, key)).toBe(false);
  });

  it('verifies ES256 of RFC 7515 appendix A.3', () => {
    const key = publicKey('ES256', a3.jwk);
    expect(holds(`${a3.header}.${payload}.${a3.signature}`, key)).toBe(true);
    expect(holds(`${a3.header}.${payload}.${a1.signature}`, key)).toBe(false);
  });

  it('is made so that it verifies, whatever the algorithm', () => {
    for (const key of [ecKey, rsaKey, hmacKey]) {
      const token = signJws({ sub: 'somebody' }, 'example', key);
      expect(holds(token, key)).toBe(true);
      expect(parseJws(token)?.header).toEqual({ alg: key.algorithm, typ: 'example', kid: key.kid });
    }
  });

  it('does not hold under a key of another algorithm, however alike', () => {
    const token = signJws({ sub: 'somebody' }, 'example', rsaKey);
    expect(holds(token, { ...rsaKey, algorithm: 'ES256' })).toBe(false);
    expect(holds(token, { ...rsaKey, verifyingKey: ecKey.verifyingKey })).toBe(false);
    expect(holds(token, hmacKey)).toBe(false);
  });

  it('is refused when r or s is zero', () => {
    const token = signJws({ sub: 'somebody' }, 'example', ecKey);
    expect(
      holds(
        withSignature(token, () => Buffer.alloc(64)),
        ecKey,
      ),
    ).toBe(false);
    expect(
      holds(
        withSignature(token, (rs) => rs.fill(0, 0, 32)),
        ecKey,
      ),
    ).toBe(false);
    expect(
      holds(
        withSignature(token, (rs) => rs.fill(0, 32)),
        ecKey,
      ),
    ).toBe(false);
  });

  it('is refused as DER, and when it is longer or shorter', () => {
    const token = signJws({ sub: 'somebody' }, 'example', ecKey);
    const der = (rs: Buffer): Buffer => {
      const integers = [rs.subarray(0, 32), rs.subarray(32)].map((n) => Buffer.concat([Buffer.of(2, 33, 0), n]));
      return Buffer.concat([Buffer.of(0x30, 70), ...integers]);
    };
    expect(holds(withSignature(token, der), ecKey)).toBe(false);
    expect(
      holds(
        withSignature(token, (rs) => Buffer.concat([rs, Buffer.alloc(2)])),
        ecKey,
      ),
    ).toBe(false);
    expect(
      holds(
        withSignature(token, (rs) => rs.subarray(0, 63)),
        ecKey,
      ),
    ).toBe(false);
  });

  it('has by nature of ECDSA a twin (r, n - s), which says the same', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const token = signJws({ sub: 'somebody' }, 'example', ecKey);
    const twin = withSignature(token, (rs) => {
      const s = order - BigInt(`0x${rs.subarray(32).toString('hex')}`);
      return Buffer.concat([rs.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    });
    expect(twin).not.toBe(token);
    expect(holds(twin, ecKey)).toBe(true);
    expect(parseJws(twin)?.payload).toEqual(parseJws(token)?.payload);
  });

  it('is not made for a payload past 4 KiB', () => {
    expect(() => signJws({ sub: 'x'.repeat(4000) }, 'example', ecKey)).toThrow('at most 4096 characters');
  });

  it('is made with private keys only', () => {
    const key = createPrivateKey({ key: a3.jwk, format: 'jwk' });
    expect(
      holds(signJws({}, 'example', { ...publicKey('ES256', a3.jwk), signingKey: key }), publicKey('ES256', a3.jwk)),
    ).toBe(true);
    expect(() => signJws({}, 'example', { ...ecKey, signingKey: ecKey.verifyingKey })).toThrow();
  });
});

describe('JWS form', () => {
  const good = signJws({ sub: 'somebody' }, 'example', ecKey);

  it.each([
    ['nothing', ''],
    ['one part', 'eyJhbGciOiJub25lIn0'],
    ['two parts', good.slice(0, good.lastIndexOf('.'))],
    ['an empty signature', good.slice(0, good.lastIndexOf('.') + 1)],
    ['an empty payload', good.replace(/\.[^.]+\./, '..')],
    ['an empty header', good.replace(/^[^.]+/, '')],
    ['four parts', `${good}.AAAA`],
    ['four parts, the last one empty', `${good}.`],
    ['a thousand dots', '.'.repeat(1000)],
    ['padding', `${good}==`],
    ['white space before', ` ${good}`],
    ['a line break behind', `${good}\n`],
    ['white space inside', good.replace('.', '. ')],
    ['a foreign character', good.replace('.', '\u00e9.')],
    ['a header that is no JSON', `AAAA.${payload}.AAAA`],
    ['a header that is an array', `W10.${payload}.AAAA`],
    ['a megabyte', 'A'.repeat(1_000_000)],
    ['JSON serialization', JSON.stringify({ payload, signatures: [] })],
  ])('is refused: %s', (_, token) => {
    expect(parseJws(token)).toBeUndefined();
  });

  it('is refused in the other base64 alphabet', () => {
    const header = Buffer.from('{"alg":"ES256","kid":"\u07ff\u07ff\u07ff"}');
    const other = header.toString('base64').replaceAll('=', '');
    expect(other).toMatch(/[+/]/);
    expect(parseJws(`${header.toString('base64url')}.${payload}.AAAA`)).toBeDefined();
    expect(parseJws(`${other}.${payload}.AAAA`)).toBeUndefined();
  });

  it('is refused with other unused bits in the last character', () => {
    const spellings = ['A', 'B', 'C', 'D'].map((last) => `${a3.header}.${payload}.AAA${'A'.repeat(82)}${last}`);
    expect(spellings.map((token) => parseJws(token) !== undefined)).toEqual([true, false, false, false]);
  });
});

describe('JWS examination', () => {
  it('ends with key id and payload when every check holds', () => {
    const outcome = firstFailedCheck(
      checkJws(signJws({ a: 1 }, 'example', ecKey), { keys: createKeyRing([ecKey]), header: { typ: 'example' } }),
    );
    expect(outcome).toEqual({ kid: ecKey.kid, payload: Buffer.from('{"a":1}') });
  });

  it('does not report on the signature without keys', () => {
    const findings = [...checkJws(signJws({ a: 1 }, 'example', ecKey), { header: { typ: 'example' } })];
    expect(findings.map(({ check, ok }) => [check, ok])).toEqual([
      ['form', true],
      ['header', true],
      ['kid', undefined],
      ['alg', undefined],
      ['signature', undefined],
    ]);
  });

  it('reports ok for nothing that was not checked', () => {
    expect(
      firstFailedCheck(checkJws(signJws({ a: 1 }, 'example', ecKey), { header: { typ: 'example' } })),
    ).toMatchObject({
      check: 'kid',
    });
  });
});
