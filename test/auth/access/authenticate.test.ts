import { createAuthenticate } from '../../../src/auth/access/authenticate.js';
import type { CachedPrincipal, PrincipalCache } from '../../../src/auth/access/principal-cache.js';
import { signAccessToken, type AccessTokenClaims } from '../../../src/security/tokens/access-token.js';
import { createKeyRing, hmacSigningKey, type SigningKey } from '../../../src/security/tokens/key-ring.js';
import { testRefreshTokenKey, testSigningKey } from '../../support/test-keys.js';

const USER = '01900000-0000-7000-8000-000000000001';
const SESSION = '01900000-0000-7000-8000-000000000002';
const NOW = new Date('2026-01-02T12:00:00Z');
const NOW_SECONDS = NOW.getTime() / 1000;

const config = { tokenIssuer: 'https://id.example.com', tokenAudience: 'an-api', accessTokenTtlSeconds: 600 };
const newKey = hmacSigningKey('new', Buffer.alloc(32, 9));

const token = (change: Partial<AccessTokenClaims> = {}, key: SigningKey = testSigningKey) =>
  signAccessToken(
    {
      iss: config.tokenIssuer,
      aud: config.tokenAudience,
      sub: USER,
      client_id: 'gatehouse',
      exp: NOW_SECONDS + 600,
      iat: NOW_SECONDS,
      jti: '01900000-0000-7000-8000-000000000003',
      sid: SESSION,
      gen: 4,
      auth_time: NOW_SECONDS,
      amr: ['pwd'],
      roles: ['ADMIN'],
      ...change,
    },
    key,
  );

/** Authenticates against one principal. A reload of the keys adds `newKey`. */
const start = (principal: Partial<CachedPrincipal> | null = { userId: USER, roles: ['USER', 'REMOVED_ROLE'] }) => {
  const uses: unknown[] = [];
  const finds: string[] = [];
  let ring = createKeyRing([testSigningKey]);
  let reloads = 0;
  const principals = {
    find: (sessionId: string) => {
      finds.push(sessionId);
      return Promise.resolve(principal ?? undefined);
    },
    recordUse: (sessionId: string, generation: number) => {
      uses.push([sessionId, generation]);
      return Promise.resolve();
    },
  } as unknown as PrincipalCache;
  const keys = {
    current: () => ({ accessTokens: ring, refreshTokens: [testRefreshTokenKey] as const }),
    reload: () => {
      reloads += 1;
      ring = createKeyRing([testSigningKey, newKey]);
      return Promise.resolve(true);
    },
  };
  const authenticate = createAuthenticate({ config, clock: () => NOW, keys, principals });
  return { authenticate, uses, finds, reloads: () => reloads };
};

describe('authenticate', () => {
  it('identifies the user with the roles of its row, not those of the token, and notes the use', async () => {
    const { authenticate, uses } = start();
    expect(await authenticate(token())).toEqual({ kind: 'user', userId: USER, sessionId: SESSION, roles: ['USER'] });
    expect(uses).toEqual([[SESSION, 4]]);
  });

  it.each<[string, Partial<CachedPrincipal> | null]>([
    ['whose session has no principal', null],
    ['whose session belongs to another user', { userId: '01900000-0000-7000-8000-00000000000f' }],
  ])(
    'returns SESSION_REVOKED for a token %s, and does not update when the session was last seen',
    async (_case, principal) => {
      const { authenticate, uses } = start(principal);
      expect(await authenticate(token())).toMatchObject({ kind: 'anonymous', reason: 'SESSION_REVOKED' });
      expect(uses).toEqual([]);
    },
  );

  it('returns the reason for a token that does not verify, without reading a principal', async () => {
    const { authenticate, finds, reloads } = start();
    const expired = token({ iat: NOW_SECONDS - 1200, auth_time: NOW_SECONDS - 1200, exp: NOW_SECONDS - 600 });
    expect(await authenticate(expired)).toEqual({ kind: 'anonymous', reason: 'TOKEN_EXPIRED' });
    expect(await authenticate('not a token')).toEqual({ kind: 'anonymous', reason: 'TOKEN_INVALID' });
    expect([finds, reloads()]).toEqual([[], 0]);
  });

  it('reads the keys again for a token of an unknown key', async () => {
    const { authenticate, reloads } = start();
    expect(await authenticate(token({}, newKey))).toMatchObject({ kind: 'user' });
    expect(reloads()).toBe(1);
  });
});
