import { createHmac } from 'node:crypto';

import type { Config } from '../config.js';
import type { Rows, Store } from '../store/store.js';
import type { Client } from './caller.js';
import type { SigningKeyStore } from './signing-keys.js';

/** How much of what costs somebody something is still to be had. */
export interface Throttle {
  /**
   * Whether one more mail that a stranger can cause may go to an address. Counted in the transaction that posts it, and
   * for every address alike, known or not. A limit that is spent is silent: to say so would tell what others have asked.
   * Resets are counted apart: whoever signs up with a victim's address again and again must not keep it from a reset.
   */
  mayMail(tx: Rows, kind: 'reset' | 'other', emailCanonical: string): Promise<boolean>;
  /** Spends a request for mail of a network. Answers seconds to wait, 0 when it may go on. */
  mailRequest(client: Client): Promise<number>;
}

const HOUR_SECONDS = 60 * 60;

export const createThrottle = (
  store: Store,
  { mailsPerAddressPerHour, mailRequestsPerNetworkPerHour }: Config,
  keys: SigningKeyStore,
): Throttle => {
  // Under a key, so that the table is no list of addresses to try.
  const keyOf = (purpose: string, limited: string): string => {
    const [{ secret }] = keys.current().refreshTokens;
    return `${purpose}:${createHmac('sha256', secret).update(`gatehouse.limit:${purpose}:${limited}`).digest('base64url')}`;
  };
  return {
    async mayMail(tx, kind, emailCanonical) {
      const key = keyOf(`mail-${kind}`, emailCanonical);
      return (await tx.limits.spend(key, mailsPerAddressPerHour, HOUR_SECONDS)) === 0;
    },
    async mailRequest({ network }) {
      if (network === null) return 0;
      return store.limits.spend(keyOf('mail-request', network), mailRequestsPerNetworkPerHour, HOUR_SECONDS);
    },
  };
};
