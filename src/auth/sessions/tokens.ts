import type { Role } from '../../values/roles.js';
import type { Config } from '../../config/config.js';
import { signAccessToken } from '../../security/tokens/access-token.js';
import { signRefreshToken } from '../../security/tokens/refresh-token.js';
import type { CurrentSession, SessionRecord } from '../../store/tables/sessions.js';
import type { JsonObject } from '../../values/json-object.js';
import { scopeOf } from '../../values/scope.js';
import { uuidv7 } from '../../values/uuid.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';

/** The tokens that a client receives after authentication. */
export interface Tokens {
  readonly accessToken: string;
  /** Seconds from now until the access token expires. */
  readonly expiresInSeconds: number;
  /** The scope of the access token, which its roles grant. */
  readonly scope: string;
  readonly refreshToken: string;
  /** Seconds from now until the refresh token expires, unless it is exchanged before. */
  readonly refreshExpiresInSeconds: number;
  readonly session: SessionRecord;
}

/**
 * Signs the tokens of a session's current generation. The refresh token is always the same for one generation.
 *
 * @param applicationClaims the claim `app` of the access token; without it, the token has none
 * @throws RangeError when the claims make the access token too long
 */
export type SignTokens = (
  session: CurrentSession,
  roles: readonly Role[],
  applicationClaims?: JsonObject | null,
) => Tokens;

/** Creates the function that signs tokens. They are issued at the database's time. @see RFC 9068 section 2.2 */
export const createSignTokens =
  (
    config: Pick<Config, 'accessTokenTtlSeconds' | 'tokenIssuer' | 'tokenAudience'>,
    keys: SigningKeyStore,
  ): SignTokens =>
  (session, roles, applicationClaims = null) => {
    const { accessTokens, refreshTokens } = keys.current();
    const issuedAt = epochSeconds(session.readAt);
    const expiresAt = Math.min(issuedAt + config.accessTokenTtlSeconds, epochSeconds(session.expiresAt));
    const accessToken = signAccessToken(
      {
        iss: config.tokenIssuer,
        aud: config.tokenAudience,
        sub: session.userId,
        client_id: session.clientId,
        exp: expiresAt,
        iat: issuedAt,
        jti: uuidv7(session.readAt),
        sid: session.id,
        gen: session.generation,
        auth_time: Math.min(epochSeconds(session.authTime), issuedAt),
        amr: [...session.amr],
        roles: [...roles],
        scope: scopeOf(roles),
        ...(applicationClaims && { app: applicationClaims }),
      },
      accessTokens.current,
    );
    const refreshToken = signRefreshToken(refreshTokens[0], { sessionId: session.id, generation: session.generation });
    return {
      accessToken,
      expiresInSeconds: expiresAt - issuedAt,
      scope: scopeOf(roles),
      refreshToken,
      refreshExpiresInSeconds: Math.max(0, epochSeconds(session.idleExpiresAt) - issuedAt),
      session,
    };
  };

const epochSeconds = (time: Date) => Math.floor(time.getTime() / 1000);
