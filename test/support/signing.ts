import { createHmac, createSign, randomUUID } from 'node:crypto';

import type { AccessTokenClaims } from '../../src/security/tokens/access-token.js';
import {
  exportPrivateKey,
  importPrivateKey,
  hmacSigningKey,
  type SigningKey,
} from '../../src/security/tokens/key-ring.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import type { TestApp } from './app.js';

/** The key that a server signs with: with it a test makes tokens in which only what it forges can be what is refused. */
export const signingKeyOf = async ({ config, database }: TestApp): Promise<SigningKey> => {
  const [secret] = config.jwtSecrets;
  if (secret) return hmacSigningKey(secret.kid, secret.secret);
  const [row] = (await database.query(
    `SELECT id, sealed, algorithm FROM auth_signing_key WHERE purpose = 'ACCESS_TOKEN' ORDER BY created_at DESC`,
  )) as { id: string; sealed: string; algorithm: 'ES256' | 'RS256' }[];
  if (!row) throw new Error('the server has no key');
  return importPrivateKey(createSecretBox(config.encryptionKeys).open(row.sealed, contextOf(row.id)), row.algorithm);
};

/** Stores a key as another instance does that has just made it. */
export const addSigningKey = async ({ config, database }: TestApp, key: SigningKey): Promise<void> => {
  const sealed = createSecretBox(config.encryptionKeys).seal(exportPrivateKey(key), contextOf(key.kid));
  await database.query(
    `INSERT INTO auth_signing_key (id, purpose, algorithm, sealed) VALUES ($1, 'ACCESS_TOKEN', $2, $3)`,
    [key.kid, key.algorithm, sealed],
  );
};

const contextOf = (kid: string) => ['signing-key', 'ACCESS_TOKEN', kid];

/** The base64url of text, bytes, or of the JSON of anything else. */
export const encode = (part: unknown): string => {
  if (Buffer.isBuffer(part)) return part.toString('base64url');
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
};

/** The claims of a token, unverified. */
export const claimsOf = (token: string): AccessTokenClaims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as AccessTokenClaims;

/** What is changed in a forged token. A member that is undefined is left out. */
export interface Forgery {
  readonly header?: unknown;
  readonly payload?: unknown;
}

/** A correctly signed token with the header and payload of a forgery, each replacing members or, where it is no object, all. */
export const forge = (token: string, key: SigningKey, { header = {}, payload = {} }: Forgery): string => {
  const good = { alg: key.algorithm, typ: 'at+jwt', kid: key.kid };
  const input = `${encode(amend(good, header))}.${encode(amend({ ...claimsOf(token), jti: randomUUID() }, payload))}`;
  return `${input}.${encode(signature(input, key))}`;
};

const amend = (good: object, change: unknown): unknown =>
  typeof change === 'object' && change !== null && !Array.isArray(change) ? { ...good, ...change } : change;

const signature = (input: string, { algorithm, signingKey }: SigningKey): Buffer => {
  if (algorithm === 'HS256') return createHmac('sha256', signingKey).update(input).digest();
  const signer = createSign('sha256').update(input);
  return signer.sign(algorithm === 'ES256' ? { key: signingKey, dsaEncoding: 'ieee-p1363' } : signingKey);
};
