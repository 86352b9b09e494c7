import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { JsonObject } from '../../../src/values/json-object.js';
import { firstFailedCheck, checkJws } from '../../../src/security/tokens/jws.js';
import {
  createKeyRing,
  hmacSigningKey,
  type SigningKey,
  type VerifyingKeys,
} from '../../../src/security/tokens/key-ring.js';
import { importJwkSet } from '../../../src/security/tokens/public-jwk.js';

interface TestCase {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: 'valid' | 'invalid';
}

interface TestGroup {
  readonly public?: JsonObject;
  readonly private?: JsonObject;
  readonly tests: readonly TestCase[];
}

const folder = process.env['VECTORS'];

describe('Wycheproof', () => {
  if (folder === undefined) {
    it('is skipped: VECTORS names the folder that holds json_web_signature and json_web_key of C2SP/wycheproof, testvectors_v1', () => {
      console.warn('Wycheproof is skipped. Set VECTORS to a copy of github.com/C2SP/wycheproof, testvectors_v1.');
    });
    return;
  }

  it('JWS: every invalid case is rejected but two, which are the same text under the same key as a valid one', () => {
    const { accepted } = run(testGroups(folder, 'json_web_signature'));
    const twins = accepted.filter(({ result }) => result === 'invalid');
    const valid = accepted.find(({ tcId }) => tcId === 357);
    expect(twins.map(({ tcId, comment, jws }) => [tcId, comment, jws === valid?.jws])).toEqual([
      [367, 'invalidBase64Padding', true],
      [370, 'invalidBase64PaddingInPayload', true],
    ]);
  });

  it('JWS: the valid cases that are refused are these, because we issue no such token', () => {
    const { refused } = run(testGroups(folder, 'json_web_signature'));
    expect(validOnes(refused)).toEqual(listed(refusedSignatures));
  });

  it('JWK: every invalid case is rejected', () => {
    const { accepted } = run(testGroups(folder, 'json_web_key'));
    expect(accepted.filter(({ result }) => result === 'invalid')).toEqual([]);
  });

  it('JWK: the valid cases that are refused are these, because we issue no such token', () => {
    const { refused } = run(testGroups(folder, 'json_web_key'));
    expect(validOnes(refused)).toEqual(listed(refusedKeys));
  });
});

const refusedSignatures = {
  'an empty payload says nothing': [259],
  RS384: [264, 265, 266, 267],
  RS512: [268, 269, 270, 271],
  PS256: [272, 273, 274, 275, 287, 288],
  PS384: [320, 321, 322, 323, 346, 350],
  PS512: [325, 326, 327, 328],
  ES512: [347, 351],
  'a question mark inside base64url, which the file calls valid': [372, 373],
};

const refusedKeys = {
  HS384: [14],
  HS512: [15],
};

function listed(reasons: Readonly<Record<string, readonly number[]>>): number[] {
  return Object.values(reasons)
    .flat()
    .sort((a, b) => a - b);
}

function validOnes(cases: readonly TestCase[]): number[] {
  return cases.filter(({ result }) => result === 'valid').map(({ tcId }) => tcId);
}

function testGroups(from: string, prefix: string): readonly TestGroup[] {
  const name = readdirSync(from).find((file) => file.startsWith(prefix) && file.endsWith('.json'));
  if (name === undefined) throw new Error(`VECTORS holds no ${prefix}*.json`);
  const file = JSON.parse(readFileSync(join(from, name), 'utf8')) as { testGroups: readonly TestGroup[] };
  return file.testGroups;
}

function run(groups: readonly TestGroup[]): { accepted: TestCase[]; refused: TestCase[] } {
  const accepted: TestCase[] = [];
  const refused: TestCase[] = [];
  for (const group of groups) {
    const keys = load(group);
    for (const test of group.tests) (keys && verifies(test.jws, keys) ? accepted : refused).push(test);
  }
  return { accepted, refused };
}

/** The payload of these cases is any text, their header has `alg` and `kid`. */
function verifies(token: string, keys: VerifyingKeys): boolean {
  return !('check' in firstFailedCheck(checkJws(token, { keys, header: {} })));
}

/** A group's keys, or `undefined` when we refuse to load them. */
function load(group: TestGroup): VerifyingKeys | undefined {
  try {
    const keys = keySet(group.public ?? group.private ?? {});
    return keys.some(({ kty }) => kty === 'oct') ? secretKeys(keys) : importJwkSet({ keys });
  } catch {
    return undefined;
  }
}

function keySet(jwk: JsonObject): readonly JsonObject[] {
  return Array.isArray(jwk['keys']) ? (jwk['keys'] as JsonObject[]) : [jwk];
}

/** Shared secrets are configured, never read from a JWK: here only what says HS256 for signatures is handed over. */
function secretKeys(jwks: readonly JsonObject[]): VerifyingKeys {
  const [first, ...others] = jwks.map(({ kid, alg, use, k }): SigningKey => {
    if (alg !== 'HS256' || use !== 'sig') throw new Error('not an HS256 key');
    return hmacSigningKey(String(kid), Buffer.from(String(k), 'base64url'));
  });
  if (!first) throw new Error('no key');
  return createKeyRing([first, ...others]);
}
