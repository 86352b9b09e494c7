import { knownRoles } from '../../values/roles.js';
import type { Config } from '../../config/config.js';
import type { UnauthenticatedReason } from '../../errors.js';
import { verifyAccessToken, type VerifyOptions } from '../../security/tokens/access-token.js';
import type { AnonymousCaller, Caller } from '../caller.js';
import { FIRST_PARTY_CLIENT_ID } from '../client-info.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { PrincipalCache } from './principal-cache.js';

const anonymousCaller = (reason: UnauthenticatedReason): AnonymousCaller => ({ kind: 'anonymous', reason });

/**
 * Identifies the caller by an access token. A token that cannot be used yields an anonymous caller with the reason
 * instead of an error, because public fields must still work: a stale token must not block `login` or `refreshSession`.
 *
 * The token proves only what it was issued for. The principal holds the current state: whether the session is live,
 * whether the user is enabled, and which roles the user has.
 *
 * @throws StoreUnavailable when the database is unavailable, because the caller is not at fault
 * @see RFC 9068 section 4
 */
export const createAuthenticate = ({
  config,
  clock,
  keys,
  principals,
}: {
  readonly config: Pick<Config, 'tokenIssuer' | 'tokenAudience' | 'accessTokenTtlSeconds'>;
  readonly clock: () => Date;
  readonly keys: SigningKeyStore;
  readonly principals: PrincipalCache;
}) => {
  const verifyOptions = (): VerifyOptions => ({
    keys: keys.current().accessTokens,
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    clientId: FIRST_PARTY_CLIENT_ID,
    maxLifetimeSeconds: config.accessTokenTtlSeconds,
    now: clock(),
  });

  const verifyToken = async (token: string) => {
    const result = verifyAccessToken(token, verifyOptions());
    if (result.ok || result.check !== 'kid') return result;
    // Another instance may have created this key since the last read. `reload` limits how often the keys are read.
    return (await keys.reload()) ? verifyAccessToken(token, verifyOptions()) : result;
  };

  return async (token: string): Promise<Caller> => {
    const verified = await verifyToken(token);
    if (!verified.ok) return anonymousCaller(verified.reason);

    const { sub, sid, gen } = verified.claims;
    const principal = await principals.find(sid);
    if (principal?.userId !== sub) return { ...anonymousCaller('SESSION_REVOKED'), subjectId: sub };
    await principals.recordUse(sid, gen, principal);
    return { kind: 'user', userId: sub, sessionId: sid, roles: knownRoles(principal.roles) };
  };
};
