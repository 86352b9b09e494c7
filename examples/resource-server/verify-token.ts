import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

export interface VerifierOptions {
  /** TOKEN_ISSUER of the identity server, by default its PUBLIC_URL. */
  readonly issuer: string;
  /** TOKEN_AUDIENCE of the identity server, by default its PUBLIC_URL. */
  readonly audience: string;
  /** The URL of `/.well-known/jwks.json`. */
  readonly jwksUrl: string;
  /** SIGNING_ALGORITHM of the identity server. Never read it from the token. */
  readonly algorithm?: 'ES256' | 'RS256';
}

/** The user of a request, and what its token permits. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** What the application adds to its tokens. */
  readonly app: Readonly<Record<string, unknown>>;
}

/** Clocks may differ by this much. */
const TOLERANCE_SECONDS = 60;

/** The codes of errors that say nothing about the token: the keys could not be fetched. */
const unavailable: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/**
 * Creates the function that verifies an access token. The keys are fetched once, again after ten minutes, and at once for an
 * unknown key, but at most every 30 seconds.
 *
 * The function returns undefined for a token that is not valid: respond with 401. It throws if the keys cannot be fetched:
 * respond with 503.
 */
export const createTokenVerifier = ({ issuer, audience, jwksUrl, algorithm = 'ES256' }: VerifierOptions) => {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  return async (token: string): Promise<Caller | undefined> => {
    try {
      const { payload } = await jwtVerify<{ sid: string; roles: string[]; app?: Record<string, unknown> }>(
        token,
        keys,
        {
          issuer,
          audience,
          typ: 'at+jwt',
          algorithms: [algorithm],
          requiredClaims: ['exp', 'iat', 'sub', 'sid', 'roles'],
          clockTolerance: TOLERANCE_SECONDS,
        },
      );
      const { sub = '', sid, roles, app = {} } = payload;
      return { userId: sub, sessionId: sid, roles, app };
    } catch (error) {
      if (error instanceof errors.JOSEError && !unavailable.has(error.code)) return undefined;
      throw error;
    }
  };
};
