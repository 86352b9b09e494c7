import { createSign, type KeyObject } from 'node:crypto';

import {
  type AccessTokenClaims,
  verifyAccessToken,
  type VerifyOptions,
} from '../../../src/security/tokens/access-token.js';
import { createKeyRing, generateSigningKey, hmacSigningKey } from '../../../src/security/tokens/key-ring.js';

/** The moment at which these tests take place. */
const now = new Date('2026-03-01T12:00:00Z');
export const nowSeconds = now.getTime() / 1000;

export const ecKey = await generateSigningKey('ES256');
export const rsaKey = await generateSigningKey('RS256');
export const hmacKey = hmacSigningKey('hmac-1', Buffer.alloc(32, 7));

/** What a server with this ring accepts. */
export const options: VerifyOptions = {
  keys: createKeyRing([ecKey]),
  issuer: 'https://id.example.com',
  audience: 'https://api.example.com',
  clientId: 'gatehouse',
  maxLifetimeSeconds: 1800,
  now,
};

/** A token's claims, half a minute old, with some of them replaced. */
export function claims(replaced: Partial<AccessTokenClaims> = {}): AccessTokenClaims {
  return {
    iss: options.issuer,
    aud: options.audience,
    sub: '01956e3c-1c00-7000-8000-00000000000a',
    client_id: options.clientId,
    exp: nowSeconds + 1770,
    iat: nowSeconds - 30,
    jti: '01956e3c-1c00-7000-8000-00000000000b',
    sid: '01956e3c-1c00-7000-8000-00000000000c',
    gen: 1,
    auth_time: nowSeconds - 600,
    amr: ['pwd'],
    roles: ['USER', 'ADMIN'],
    scope: 'role:USER role:ADMIN',
    ...replaced,
  };
}

/** The header of a token under `ecKey`. */
export const header = { alg: 'ES256', typ: 'at+jwt', kid: ecKey.kid };

/** The base64url of text, bytes, or of the JSON of anything else. */
export function encode(part: unknown): string {
  if (Buffer.isBuffer(part)) return part.toString('base64url');
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** A token of any header and payload, properly signed with the server's own key: only the content can be what is refused. */
export function signed(head: unknown, payload: unknown, key: KeyObject = ecKey.signingKey): string {
  const input = `${encode(head)}.${encode(payload)}`;
  return `${input}.${encode(createSign('sha256').update(input).sign({ key, dsaEncoding: 'ieee-p1363' }))}`;
}

/** The reason and the check by which a token is refused, or `accepted`. */
export function refusal(token: string, accepted: VerifyOptions = options): string {
  const result = verifyAccessToken(token, accepted);
  return result.ok ? 'accepted' : `${result.reason} ${result.check}`;
}
