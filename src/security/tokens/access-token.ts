import { type JsonObject, parseJsonObject } from '../../values/json-object.js';
import { checkJws, type CheckResult, firstFailedCheck, jwsCheckNames, parseJws, signJws } from './jws.js';
import type { SigningKey, VerifyingKeys } from './key-ring.js';
import { isUuid } from '../../values/uuid.js';
import { CLOCK_SKEW_SECONDS } from '../../values/policy.js';

/**
 * The claims of an access token. Ids are UUIDs; times are whole seconds since 1970.
 *
 * @see RFC 9068 section 2.2, RFC 8176 for `amr`
 */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  /** The id of the session. */
  readonly sid: string;
  /** The refresh generation of the session, from 1. The first accepted token of a generation confirms that generation. */
  readonly gen: number;
  readonly auth_time: number;
  readonly amr: string[];
  readonly roles: string[];
}

export interface VerifyOptions {
  readonly keys: VerifyingKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
  /** The longest accepted lifetime, from `iat` to `exp`. */
  readonly maxLifetimeSeconds: number;
  readonly now: Date;
}

/** Without keys, the signature is not checked. */
export type InspectOptions = Omit<VerifyOptions, 'keys'> & Partial<Pick<VerifyOptions, 'keys'>>;

export type Verification =
  | { readonly ok: true; readonly claims: AccessTokenClaims; readonly kid: string }
  | { readonly ok: false; readonly reason: 'TOKEN_INVALID' | 'TOKEN_EXPIRED'; readonly check: string };

/** The result of every check, and the decoded header and claims, which may be forged unless every check passed. */
export interface Inspection {
  readonly checks: readonly CheckResult[];
  readonly header: JsonObject | undefined;
  readonly claims: JsonObject | undefined;
}

const header = { typ: 'at+jwt' } as const;
const checkNames = [
  ...jwsCheckNames,
  ...['payload', 'claims', 'iss', 'aud', 'client_id', 'lifetime', 'iat', 'auth_time', 'exp'],
];

type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === 'string' && value.length > 0;
const uuid: Shape = (value) => typeof value === 'string' && isUuid(value);
const time: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const count: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 1;
const texts: Shape = (value) => Array.isArray(value) && value.every(text);

const shapes: ReadonlyMap<string, Shape> = new Map(
  Object.entries({
    iss: text,
    aud: text,
    sub: uuid,
    client_id: text,
    exp: time,
    iat: time,
    jti: uuid,
    sid: uuid,
    gen: count,
    auth_time: time,
    amr: texts,
    roles: texts,
  } satisfies Record<keyof AccessTokenClaims, Shape>),
);

/**
 * Signs an access token.
 *
 * @throws TypeError when `verifyAccessToken` would reject the claims
 * @throws RangeError when the roles make the token longer than 4096 characters
 * @see RFC 9068 section 2
 */
export const signAccessToken = (claims: AccessTokenClaims, key: SigningKey): string => {
  const wrong = wrongClaim({ ...claims });
  if (wrong !== undefined) throw new TypeError(`the claim ${wrong} is not one that we issue`);
  return signJws(claims, header.typ, key);
};

/**
 * Verifies signature, issuer, audience, claims and times of an access token, with 60 seconds of tolerance for differing
 * clocks. Never throws, whatever the text is.
 *
 * `check` names the first check that failed; it is `kid` when the key is unknown, so that the caller can reload the keys.
 * TOKEN_EXPIRED is returned only when every other check passed, so it reveals nothing about a forged token.
 *
 * @see RFC 9068 section 4, RFC 7519 section 7.2, RFC 8725 section 3
 */
export const verifyAccessToken = (token: string, options: VerifyOptions): Verification => {
  const outcome = firstFailedCheck(checkAccessToken(token, options));
  if (!('check' in outcome)) return { ok: true, ...outcome };
  const { check } = outcome;
  return { ok: false, reason: check === 'exp' ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', check };
};

/** Reports the result of every check that `verifyAccessToken` makes, including those after a failure. For operators only. */
export const inspectAccessToken = (token: string, options: InspectOptions): Inspection => {
  const results = new Map(Array.from(checkAccessToken(token, options), (result) => [result.check, result]));
  const jws = parseJws(token);
  return {
    checks: checkNames.map((check) => results.get(check) ?? { check, ok: undefined, detail: 'not reached' }),
    header: jws?.header,
    claims: jws && parseJsonObject(jws.payload),
  };
};

/** Runs the checks in order. `exp` is the last, so that only an otherwise valid token is reported as expired. */
function* checkAccessToken(
  token: string,
  options: InspectOptions,
): Generator<CheckResult, { claims: AccessTokenClaims; kid: string } | CheckResult> {
  const jws = yield* checkJws(token, { keys: options.keys, header });
  if ('check' in jws) return jws;

  const payload = parseJsonObject(jws.payload);
  const readable = { check: 'payload', ok: payload !== undefined, detail: `${jws.payload.length} bytes` };
  yield readable;
  if (!payload) return readable;

  const isComplete = isAccessTokenClaims(payload);
  const complete = { check: 'claims', ok: isComplete, detail: isComplete ? 'complete' : String(wrongClaim(payload)) };
  yield complete;
  if (!isComplete) return complete;

  const { iss, aud, client_id: clientId, exp, iat, auth_time: authTime } = payload;
  const now = Math.floor(options.now.getTime() / 1000);
  const lifetime = exp - iat;
  yield { check: 'iss', ok: iss === options.issuer, detail: iss };
  yield { check: 'aud', ok: aud === options.audience, detail: aud };
  yield { check: 'client_id', ok: clientId === options.clientId, detail: clientId };
  yield { check: 'lifetime', ok: lifetime > 0 && lifetime <= options.maxLifetimeSeconds, detail: `${lifetime} s` };
  yield { check: 'iat', ok: iat <= now + CLOCK_SKEW_SECONDS, detail: `${now - iat} s ago` };
  yield { check: 'auth_time', ok: authTime <= iat, detail: `${iat - authTime} s before iat` };
  yield { check: 'exp', ok: now < exp + CLOCK_SKEW_SECONDS, detail: `${exp - now} s left` };
  return { claims: payload, kid: jws.kid };
}

/**
 * Returns the name of the first claim that is missing, has a wrong type, or is one that we do not issue.
 *
 * Numbers must be safe integers, so that an `exp` of 1e300 is invalid. A claim that we do not issue is rejected, not
 * ignored, because its author expects an effect that it would not have.
 */
const wrongClaim = (payload: JsonObject): string | undefined => {
  const unknown = Object.keys(payload).find((name) => !shapes.has(name));
  if (unknown !== undefined) return unknown;
  for (const [name, holds] of shapes) if (!Object.hasOwn(payload, name) || !holds(payload[name])) return name;
  return undefined;
};

const isAccessTokenClaims = (payload: JsonObject): payload is JsonObject & AccessTokenClaims =>
  wrongClaim(payload) === undefined;
