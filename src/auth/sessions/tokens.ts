import type { Role } from '../../values/roles.js';
import type { Config } from '../../config/config.js';
import { signAccessToken } from '../../security/tokens/access-token.js';
import { signRefreshToken } from '../../security/tokens/refresh-token.js';
import type { CurrentSession, SessionRecord } from '../../store/tables/sessions.js';
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

/** Issues the tokens of a session's current generation. The refresh token is always the same for one generation. */
export type IssueTokens = (session: CurrentSession, roles: readonly Role[]) => Tokens;

/** Creates the function that issues tokens. They are issued at the database's time. @see RFC 9068 section 2.2 */
export const createTokenIssuer =
  (
    config: Pick<Config, 'accessTokenTtlSeconds' | 'tokenIssuer' | 'tokenAudience'>,
    keys: SigningKeyStore,
  ): IssueTokens =>
  (session, roles) => {
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
