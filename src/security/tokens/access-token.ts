import { type JsonObject, parseJsonObject } from '../../values/json-object.js';
import {
  firstFailedCheck,
  examine as examineJws,
  type Finding,
  jwsChecks,
  parseJws,
  signJws as signJws,
} from './jws.js';
import type { SigningKey, VerifyingKeys } from './key-ring.js';
import { isUuid } from '../../values/uuid.js';

/**
 * What an access token says. Ids are UUIDs, times whole seconds since 1970.
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
  /** The session. */
  readonly sid: string;
  /** The session's generation, from 1; the first token of a generation that is accepted confirms it. */
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
  /** The longest that a token may live, from `iat` to `exp`. */
  readonly maxLifetimeSeconds: number;
  readonly now: Date;
}

/** Without keys, nothing is said of the signature. */
export type InspectOptions = Omit<VerifyOptions, 'keys'> & Partial<Pick<VerifyOptions, 'keys'>>;

export type Verification =
  | { readonly ok: true; readonly claims: AccessTokenClaims; readonly kid: string }
  | { readonly ok: false; readonly reason: 'TOKEN_INVALID' | 'TOKEN_EXPIRED'; readonly check: string };

/** Every check with its verdict, `undefined` where it was not reached, and what can be read. Nothing in it is proved but by `checks`. */
export interface Inspection {
  readonly checks: readonly Finding[];
  readonly header: JsonObject | undefined;
  readonly claims: JsonObject | undefined;
}

const header = { typ: 'at+jwt' } as const;
const CLOCK_SKEW_SECONDS = 60;
const checks = [
  ...jwsChecks,
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
 * Signs an access token: header exactly `alg`, `typ`, `kid`.
 *
 * @throws TypeError when the claims are not what `verify` takes, RangeError when there are too many roles for 4 KiB
 * @see RFC 9068 section 2
 */
export const signAccessToken = (claims: AccessTokenClaims, key: SigningKey): string => {
  const wrong = wrongClaim({ ...claims });
  if (wrong !== undefined) throw new TypeError(`the claim ${wrong} is not one that we issue`);
  return signJws(claims, header.typ, key);
};

/**
 * Verifies an access token: it is what `sign` makes, for this audience, now, give or take 60 seconds. Never throws
 * for any text.
 *
 * `check` names the first check that failed. It is `kid` when the key is unknown, so that the caller may load keys again.
 * TOKEN_EXPIRED says that the token was good in every other way; who can only guess learns nothing by it.
 *
 * @see RFC 9068 section 4, RFC 7519 section 7.2, RFC 8725 section 3
 */
export const verifyAccessToken = (token: string, options: VerifyOptions): Verification => {
  const outcome = firstFailedCheck(examine(token, options));
  if (!('check' in outcome)) return { ok: true, ...outcome };
  const { check } = outcome;
  return { ok: false, reason: check === 'exp' ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', check };
};

/** Says of each check that `verify` makes how the token stands, also behind a failure where that can be told. For an operator's eyes. */
export const inspectAccessToken = (token: string, options: InspectOptions): Inspection => {
  const findings = new Map(Array.from(examine(token, options), (finding) => [finding.check, finding]));
  const jws = parseJws(token);
  return {
    checks: checks.map((check) => findings.get(check) ?? { check, ok: undefined, detail: 'not reached' }),
    header: jws?.header,
    claims: jws && parseJsonObject(jws.payload),
  };
};

/** The one list of checks. `exp` is the last of them, so that only an otherwise valid token is called expired. */
function* examine(
  token: string,
  options: InspectOptions,
): Generator<Finding, { claims: AccessTokenClaims; kid: string } | Finding> {
  const jws = yield* examineJws(token, { keys: options.keys, header });
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
 * The first claim that is missing, of another type, or not ours; `undefined` when there is none.
 *
 * A number is a safe integer, so that no 1e300 outlives its key; a claim that we do not issue is refused, because somebody
 * meant something by it that we would not do.
 */
const wrongClaim = (payload: JsonObject): string | undefined => {
  const unknown = Object.keys(payload).find((name) => !shapes.has(name));
  if (unknown !== undefined) return unknown;
  for (const [name, holds] of shapes) if (!Object.hasOwn(payload, name) || !holds(payload[name])) return name;
  return undefined;
};

/** Whether a payload holds exactly the claims that we issue, each of its type. */
const isAccessTokenClaims = (payload: JsonObject): payload is JsonObject & AccessTokenClaims =>
  wrongClaim(payload) === undefined;
