import { isJsonObject, type JsonObject, parseJsonObject } from '../../values/json-object.js';
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
  /**
   * The roles once more, in the form that resource servers and gateways read: `role:NAME`, separated by spaces. Absent from a
   * token of the previous release. Nothing here is decided by it.
   */
  readonly scope?: string;
  /** What the application adds for other services. Absent if it adds nothing, and from a token of the previous release. Never read here. */
  readonly app?: JsonObject;
  /** Never issued. If a token has it, it is honored: to ignore it would accept a token before the time that it states. */
  readonly nbf?: number;
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
  ...['payload', 'claims', 'iss', 'aud', 'client_id', 'lifetime', 'iat', 'nbf', 'auth_time', 'exp'],
];

type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === 'string' && value.length > 0;
const uuid: Shape = (value) => typeof value === 'string' && isUuid(value);
const time: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const count: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 1;
const texts: Shape = (value) => Array.isArray(value) && value.every(text);
/** @see RFC 6749 section 3.3 */
const scope: Shape = (value) =>
  typeof value === 'string' && /^(?:[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*)?$/.test(value);

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
    scope,
    app: isJsonObject,
    nbf: time,
  } satisfies Record<keyof AccessTokenClaims, Shape>),
);

/**
 * Claims that may be absent. While two releases run side by side, each of them reads the tokens of the other: a claim that is
 * new in a release is optional when it is read.
 */
const optionalClaims: ReadonlySet<string> = new Set(['scope', 'app', 'nbf']);

/**
 * Signs an access token.
 *
 * @throws TypeError when `verifyAccessToken` would reject the claims
 * @throws RangeError when the roles or the claims of the application make the token longer than 4096 characters
 * @see RFC 9068 section 2
 */
export const signAccessToken = (claims: AccessTokenClaims, key: SigningKey): string => {
  const payload: JsonObject = { ...claims };
  const wrong = foreignClaims(payload)[0] ?? wrongClaim(payload);
  if (wrong !== undefined) throw new TypeError(`the claim ${wrong} is not one that we issue`);
  return signJws(claims, header.typ, key);
};

/**
 * Verifies signature, issuer, audience, claims and times of an access token, with 60 seconds of tolerance for differing
 * clocks. Never throws, for any text.
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

  const wrong = wrongClaim(payload);
  const ignored = foreignClaims(payload);
  const complete = {
    check: 'claims',
    ok: wrong === undefined,
    detail: wrong ?? (ignored.length === 0 ? 'complete' : `complete; ignored: ${ignored.join(', ')}`),
  };
  yield complete;
  if (wrong !== undefined) return complete;

  const claims = ownClaims(payload);
  const { iss, aud, client_id: clientId, exp, iat, nbf = iat, auth_time: authTime } = claims;
  const now = Math.floor(options.now.getTime() / 1000);
  const lifetime = exp - iat;
  yield { check: 'iss', ok: iss === options.issuer, detail: iss };
  yield { check: 'aud', ok: aud === options.audience, detail: aud };
  yield { check: 'client_id', ok: clientId === options.clientId, detail: clientId };
  yield { check: 'lifetime', ok: lifetime > 0 && lifetime <= options.maxLifetimeSeconds, detail: `${lifetime} s` };
  yield { check: 'iat', ok: iat <= now + CLOCK_SKEW_SECONDS, detail: `${now - iat} s ago` };
  yield { check: 'nbf', ok: nbf <= now + CLOCK_SKEW_SECONDS, detail: `${now - nbf} s ago` };
  yield { check: 'auth_time', ok: authTime <= iat, detail: `${iat - authTime} s before iat` };
  yield { check: 'exp', ok: now < exp + CLOCK_SKEW_SECONDS, detail: `${exp - now} s left` };
  return { claims, kid: jws.kid };
}

/**
 * Returns the name of the first claim of ours that is missing or has a wrong type. Numbers must be safe integers, so that an
 * `exp` of 1e300 is invalid.
 */
const wrongClaim = (payload: JsonObject): string | undefined => {
  for (const [name, holds] of shapes) {
    const isAbsent = !Object.hasOwn(payload, name);
    if (isAbsent ? !optionalClaims.has(name) : !holds(payload[name])) return name;
  }
  return undefined;
};

/**
 * Returns the names of the claims that are not ours. They are ignored, so that a token of the next release is accepted here.
 * Only our own key signs such a token. `ownClaims` leaves them out, so that no code can come to depend on one.
 */
const foreignClaims = (payload: JsonObject): string[] => Object.keys(payload).filter((name) => !shapes.has(name));

/** Takes our claims out of a payload in which `wrongClaim` finds none that is wrong. */
const ownClaims = (payload: JsonObject): AccessTokenClaims =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => shapes.has(name))) as unknown as AccessTokenClaims;
