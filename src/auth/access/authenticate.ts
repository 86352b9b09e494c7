import { knownRoles } from '../../app/roles.js';
import { verifyAccessToken, type VerifyOptions } from '../../security/tokens/access-token.js';
import type { Config } from '../../config/config.js';
import type { UnauthenticatedReason } from '../../errors.js';
import type { AnonymousCaller, Caller } from '../caller.js';
import { FIRST_PARTY_CLIENT_ID } from '../client-info.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { PrincipalCache } from './principal-cache.js';

const nobody = (reason: UnauthenticatedReason): AnonymousCaller => ({ kind: 'anonymous', reason });

/**
 * Turns an access token into a caller. A token that cannot be used makes an anonymous caller with the reason, never a
 * throw: public fields still answer, so that a stale token does not stand in the way of `login` or `refreshSession`.
 *
 * The token proves what it was issued for; the principal says what is true now: whether the session lives, whether the
 * user is enabled, which roles it has.
 *
 * @throws StoreUnavailable when the database is away: that nobody can be recognised is not the caller's fault
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
  const expected = (): VerifyOptions => ({
    keys: keys.current().accessTokens,
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    clientId: FIRST_PARTY_CLIENT_ID,
    maxLifetimeSeconds: config.accessTokenTtlSeconds,
    now: clock(),
  });

  const verifyToken = async (token: string) => {
    const result = verifyAccessToken(token, expected());
    if (result.ok || result.check !== 'kid') return result;
    // Another instance may have made a key since: look once more, as often as `reload` allows.
    return (await keys.reload()) ? verifyAccessToken(token, expected()) : result;
  };

  return async (token: string): Promise<Caller> => {
    const verified = await verifyToken(token);
    if (!verified.ok) return nobody(verified.reason);

    const { sub, sid, gen } = verified.claims;
    const principal = await principals.find(sid);
    if (principal?.userId !== sub) return nobody('SESSION_REVOKED');
    await principals.noteUse(sid, gen, principal);
    return { kind: 'user', userId: sub, sessionId: sid, roles: knownRoles(principal.roles) };
  };
};
