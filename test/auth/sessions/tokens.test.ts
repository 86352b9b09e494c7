import { createSignTokens } from '../../../src/auth/sessions/tokens.js';
import { verifyAccessToken } from '../../../src/security/tokens/access-token.js';
import { readRefreshToken } from '../../../src/security/tokens/refresh-token.js';
import type { CurrentSession } from '../../../src/store/tables/sessions.js';
import { testKeys, testRefreshTokenKey } from '../../support/test-keys.js';

const NOON = Date.parse('2026-01-02T12:00:00Z');
const afterNoon = (seconds: number) => new Date(NOON + seconds * 1000);

const config = { accessTokenTtlSeconds: 600, tokenIssuer: 'https://id.example.com', tokenAudience: 'an-api' };
const signTokens = createSignTokens(config, testKeys);

const session = {
  id: '01900000-0000-7000-8000-000000000001',
  userId: '01900000-0000-7000-8000-000000000002',
  clientId: 'gatehouse',
  amr: ['pwd'],
  generation: 3,
  authTime: afterNoon(-100),
  readAt: afterNoon(0.9),
  idleExpiresAt: afterNoon(3600),
  expiresAt: afterNoon(7200),
} as CurrentSession;

const claimsOf = (accessToken: string) => {
  const result = verifyAccessToken(accessToken, {
    keys: testKeys.current().accessTokens,
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    clientId: 'gatehouse',
    maxLifetimeSeconds: 600,
    now: afterNoon(0),
  });
  if (!result.ok) throw new Error(result.check);
  return result.claims;
};

describe('signTokens', () => {
  it('signs the claims of the session and the roles that it is given, in whole seconds of the database', () => {
    expect(claimsOf(signTokens(session, ['USER']).accessToken)).toMatchObject({
      iss: 'https://id.example.com',
      aud: 'an-api',
      sub: session.userId,
      sid: session.id,
      gen: 3,
      iat: NOON / 1000,
      exp: NOON / 1000 + 600,
      auth_time: NOON / 1000 - 100,
      amr: ['pwd'],
      roles: ['USER'],
      scope: 'role:USER',
    });
  });

  it('states the roles once more as the scope, which gateways read', () => {
    expect(claimsOf(signTokens(session, ['ADMIN', 'USER']).accessToken).scope).toBe('role:ADMIN role:USER');
    expect(claimsOf(signTokens(session, []).accessToken).scope).toBe('');
  });

  it('puts what the application adds into the claim app, and leaves the claim out if it adds nothing', () => {
    expect(claimsOf(signTokens(session, ['USER'], { plan: 'pro' }).accessToken).app).toEqual({ plan: 'pro' });
    expect(claimsOf(signTokens(session, ['USER'], null).accessToken)).not.toHaveProperty('app');
  });

  it('lets no access token outlive its session', () => {
    const tokens = signTokens({ ...session, expiresAt: afterNoon(30) }, []);
    expect(tokens.expiresInSeconds).toBe(30);
    expect(claimsOf(tokens.accessToken).exp).toBe(NOON / 1000 + 30);
  });

  it('returns the same refresh token and another access token for the same generation', () => {
    const [first, second] = [signTokens(session, []), signTokens(session, [])];
    expect(second.refreshToken).toBe(first.refreshToken);
    expect(claimsOf(second.accessToken).jti).not.toBe(claimsOf(first.accessToken).jti);
    const presented = { sessionId: session.id, generation: 3 };
    expect(readRefreshToken([testRefreshTokenKey], first.refreshToken)).toEqual(presented);
  });

  it('counts the lifetime of the refresh token down to 0, never below', () => {
    expect(signTokens(session, []).refreshExpiresInSeconds).toBe(3600);
    expect(signTokens({ ...session, idleExpiresAt: afterNoon(-5) }, []).refreshExpiresInSeconds).toBe(0);
  });
});
