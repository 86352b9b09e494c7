import { equalDigests, generateOneTimeToken, readOneTimeToken } from '../../security/tokens/one-time-token.js';
import type { Store } from '../../store/store.js';
import { DEVICE_TOKEN_FAILURES_MAX, DEVICE_TOKEN_TTL_SECONDS, DEVICE_TOKENS_PER_USER } from '../../values/policy.js';
import type { UnitOfWork } from '../unit-of-work.js';

/**
 * Tokens that prove that the owner of an account has logged in from a device before: `id.secret`, as one-time tokens are
 * written. A token opens nothing. While others guess the password and the limit of the account is exhausted, it gives its
 * device a few attempts of its own.
 */
export interface DeviceTokens {
  /**
   * Returns the id of a token that belongs to the account of an address. The row is read by the id alone, so that the lookup
   * costs the same whether or not the address is known.
   */
  find(token: string | null, emailCanonical: string): Promise<string | undefined>;
  /** Counts a wrong password. After five, the token is no longer valid. */
  countFailure(id: string): Promise<void>;
}

export const createDeviceTokens = ({ deviceTokens }: Pick<Store, 'deviceTokens'>): DeviceTokens => ({
  async find(token, emailCanonical) {
    const presented = token === null ? undefined : readOneTimeToken(token);
    const found = presented && (await deviceTokens.find(presented.id, DEVICE_TOKEN_FAILURES_MAX));
    if (!presented || !found || !equalDigests(found.digest, presented.digest)) return undefined;
    return found.emailCanonical === emailCanonical ? found.id : undefined;
  },
  countFailure: (id) => deviceTokens.countFailure(id),
});

/** Issues a device token to the device on which a user has just logged in, in place of the one that it presented. */
export const issueDeviceToken = async (tx: UnitOfWork, userId: string, presented: string | null): Promise<string> => {
  const id = tx.newId();
  const { token, digest } = generateOneTimeToken(id);
  const replaced = presented === null ? undefined : readOneTimeToken(presented);
  const created = { id, userId, digest, ttlSeconds: DEVICE_TOKEN_TTL_SECONDS };
  await tx.deviceTokens.create(created, replaced, DEVICE_TOKENS_PER_USER);
  return token;
};

/**
 * Issues a device token to the device that has just set a new password or verified the address, and deletes those of all other
 * devices: a thief who knew the old password, or a stranger who signed up with the address, may have one.
 */
export const renewDeviceTokens = async (tx: UnitOfWork, userId: string): Promise<string> => {
  await tx.deviceTokens.removeAll(userId);
  return issueDeviceToken(tx, userId, null);
};
