import jwt from 'jsonwebtoken';

import { decodeBase64url } from '../../values/base64url.js';
import { type JsonObject, parseJsonObject } from '../../values/json-object.js';
import type { SigningKey, VerifyingKey, VerifyingKeys } from './key-ring.js';

/** What one check said. `ok` is `undefined` when nothing could be said; only `true` lets a token pass. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean | undefined;
  readonly detail: string;
}

/** A compact JWS taken apart. That it could be taken apart proves nothing. */
export interface Jws {
  readonly token: string;
  readonly header: JsonObject;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** What a JWS has to be. */
export interface JwsRules {
  /** Without keys, nothing can be said of the signature. */
  readonly keys?: VerifyingKeys | undefined;
  /** The members that the header has besides `alg` and `kid`, with their values. All are required, others refused. */
  readonly header: Readonly<Record<string, string>>;
}

/** The checks of `examine`, in their order. */
export const jwsChecks = ['form', 'header', 'kid', 'alg', 'signature'] as const;

const MAX_TOKEN_CHARACTERS = 4096;
const ES256_SIGNATURE_BYTES = 64;

/**
 * Signs an object: header `alg`, `typ`, `kid`. The type keeps one kind of token from passing for another. The object is
 * handed over as text, because jsonwebtoken sets and deletes claims of objects.
 *
 * @throws RangeError when the token would be longer than what is accepted, 4 KiB
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
 * Takes a compact JWS apart, or answers `undefined`: more than 4 KiB, not three parts, an empty part, another spelling of
 * its base64url, or a header that is no JSON object or names a member twice.
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
 * Whether the key made the signature over header and payload.
 *
 * The algorithm is the key's, never the header's: jsonwebtoken is handed a list of one and a key object, so that no `alg`
 * can turn a public key into an HMAC secret or a signature into none. A P-256 signature is r and s of 32 bytes each, neither
 * zero; DER is refused. That (r, n - s) verifies as well is a property of ECDSA: it is another signature of the same claims,
 * and nothing takes a token's text for its identity.
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
 * Checks a compact JWS and yields one finding a check, in the order of `jwsChecks`; ends with the payload or, where nothing
 * more can be told, with the finding that stopped it.
 *
 * Header members that we do not issue are refused rather than ignored: `jwk`, `jku`, `x5u` and `x5c` bring the attacker's
 * key along or make us fetch one, `crit` and `b64` change what is signed. A `kid` is a key of a Map and nothing else.
 *
 * @see RFC 8725 sections 3.10 and 3.11
 */
export function* examine(
  token: string,
  rules: JwsRules,
): Generator<Finding, { readonly kid: string; readonly payload: Buffer } | Finding> {
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

/** Runs an examination up to its first finding that is not `true`, and answers that finding or what the examination ends with. */
export const firstFailedCheck = <T>(examination: Generator<Finding, T>): T | Finding => {
  for (;;) {
    const step = examination.next();
    if (step.done || step.value.ok !== true) return step.value;
  }
};

const isText = (value: unknown): value is string => typeof value === 'string';

const isPairOfScalars = (signature: Buffer): boolean => {
  const half = ES256_SIGNATURE_BYTES / 2;
  const isZero = (scalar: Buffer): boolean => scalar.every((byte) => byte === 0);
  return (
    signature.length === ES256_SIGNATURE_BYTES &&
    !isZero(signature.subarray(0, half)) &&
    !isZero(signature.subarray(half))
  );
};
