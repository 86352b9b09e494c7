import type { SigningKeyStore } from '../../src/auth/keys/signing-keys.js';
import { createKeyRing, hmacSigningKey } from '../../src/security/tokens/key-ring.js';
import { refreshTokenKey } from '../../src/security/tokens/refresh-token.js';

export const testSigningKey = hmacSigningKey('test', Buffer.alloc(32, 1));

export const testRefreshTokenKey = refreshTokenKey('01900000-0000-7000-8000-00000000000a', Buffer.alloc(32, 2));

/** Keys that never change, without a database. */
export const testKeys: SigningKeyStore = {
  current: () => ({ accessTokens: createKeyRing([testSigningKey]), refreshTokens: [testRefreshTokenKey] }),
  reload: () => Promise.resolve(false),
};
