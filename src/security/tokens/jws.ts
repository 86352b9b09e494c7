import jwt from 'jsonwebtoken';

import { decodeBase64url } from '../../values/base64url.js';
import { type JsonObject, parseJsonObject } from '../../values/json-object.js';
import type { SigningKey, VerifyingKey, VerifyingKeys } from './key-ring.js';

/** The result of one check. `ok` is `undefined` when the check could not be made; only `true` accepts a token. */
export interface CheckResult {
  readonly check: string;
  readonly ok: boolean | undefined;
  readonly detail: string;
}

/** The parts of a compact JWS before its signature is verified. */
export interface Jws {
  readonly token: string;
  readonly header: JsonObject;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

export interface JwsRules {
  /** Without keys, `alg`, `kid` and the signature are not checked. */
  readonly keys?: VerifyingKeys | undefined;
  /** The header members besides `alg` and `kid`, with their values. All of them are required and others are rejected. */
  readonly header: Readonly<Record<string, string>>;
}

/** The names of the checks that `checkJws` makes, in order. */
export const jwsCheckNames = ['form', 'header', 'kid', 'alg', 'signature'] as const;

const MAX_TOKEN_CHARACTERS = 4096;
const ES256_SIGNATURE_BYTES = 64;

/**
 * Signs an object with the header `alg`, `typ`, `kid`. The type prevents one kind of token from being accepted as another.
 * The payload is passed as text, because jsonwebtoken adds and removes claims of objects.
 *
 * @throws RangeError when the token exceeds 4096 characters, the longest that is accepted
 * @see RFC 8725 section 3.11
 */
export const signJws = (payload: object, typ: string, key: SigningKey): string => {
  const token = jwt.sign(JSON.stringify(payload), key.signingKey, {
    algorithm: key.algorithm,
    header: { alg: key.algorithm, typ, kid: key.kid },
  });
  if (token.length > MAX_TOKEN_CHARACTERS)
    throw new RangeError(`a token has at most ${MAX_TOKEN_CHARACTERS} characters`);
  return token;
};

/**
 * Parses a compact JWS. Returns `undefined` when it exceeds 4096 characters, does not have three non-empty parts in
 * canonical base64url, or its header is not a JSON object with unique member names.
 *
 * @see RFC 7515 sections 3.1 and 5.2
 */
export const parseJws = (token: string): Jws | undefined => {
  if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
  const [headerBytes, payload, signature, ...more] = token.split('.', 4).map(decodeBase64url);
  if (!headerBytes?.length || !payload?.length || !signature?.length || more.length > 0) return undefined;
  const header = parseJsonObject(headerBytes);
  return header && { token, header, payload, signature };
};

/**
 * Verifies the signature over header and payload.
 *
 * The algorithm is that of the key, never that of the header: jsonwebtoken receives a list of one algorithm and a key
 * object, so that no `alg` can turn a public key into an HMAC secret or disable verification. A P-256 signature consists of
 * r and s, 32 bytes each, neither zero; DER is rejected. In ECDSA, (r, n - s) is a second valid signature of the same
 * claims. This is harmless, because the text of a token is never used as its identity.
 *
 * @see RFC 7518 section 3.4, RFC 8725 sections 3.1 and 3.2, CVE-2022-21449
 */
export const verifyJwsSignature = (jws: Jws, key: VerifyingKey): boolean => {
  if (jws.header['alg'] !== key.algorithm) return false;
  if (key.algorithm === 'ES256' && !isPairOfScalars(jws.signature)) return false;
  try {
    jwt.verify(jws.token, key.verifyingKey, {
      algorithms: [key.algorithm],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    return true;
  } catch {
    return false;
  }
};

/**
 * Checks a compact JWS and yields the result of each check, in the order of `jwsCheckNames`. Returns the payload, or the
 * result of the check after which no other can be made.
 *
 * Header members that we do not issue are rejected, not ignored: `jwk`, `jku`, `x5u` and `x5c` supply the attacker's key or
 * make the server fetch one, and `crit` and `b64` change what is signed. A `kid` is used only as the key of a Map.
 *
 * @see RFC 8725 sections 3.10 and 3.11
 */
export function* checkJws(
  token: string,
  rules: JwsRules,
): Generator<CheckResult, { readonly kid: string; readonly payload: Buffer } | CheckResult> {
  const jws = parseJws(token);
  const form = { check: 'form', ok: jws !== undefined, detail: `${token.length} characters` };
  yield form;
  if (!jws) return form;

  const { alg, kid, ...others } = jws.header;
  const allowed = Object.entries(rules.header);
  const isAsIssued =
    Object.keys(others).length === allowed.length && allowed.every(([member, value]) => others[member] === value);
  const header = { check: 'header', ok: isAsIssued && isText(alg) && isText(kid), detail: JSON.stringify(jws.header) };
  yield header;
  if (!isText(alg) || !isText(kid)) return header;

  const { keys } = rules;
  const key = keys?.find(kid);
  yield { check: 'kid', ok: keys ? key !== undefined : undefined, detail: kid };
  yield { check: 'alg', ok: key ? alg === key.algorithm : undefined, detail: alg };
  yield {
    check: 'signature',
    ok: key ? verifyJwsSignature(jws, key) : undefined,
    detail: `${jws.signature.length} bytes`,
  };
  return { kid, payload: jws.payload };
}

/** Runs checks until one does not pass, and returns its result. When all pass, returns what the generator returns. */
export const firstFailedCheck = <T>(checks: Generator<CheckResult, T>): T | CheckResult => {
  for (;;) {
    const step = checks.next();
    if (step.done || step.value.ok !== true) return step.value;
  }
};

const isText = (value: unknown): value is string => typeof value === 'string';

/** Whether a signature is two 32-byte scalars, neither of which is zero (CVE-2022-21449). */
const isPairOfScalars = (signature: Buffer): boolean => {
  const half = ES256_SIGNATURE_BYTES / 2;
  const isZero = (scalar: Buffer): boolean => scalar.every((byte) => byte === 0);
  return (
    signature.length === ES256_SIGNATURE_BYTES &&
    !isZero(signature.subarray(0, half)) &&
    !isZero(signature.subarray(half))
  );
};
