import { createHmac } from 'node:crypto';

import type { Config } from '../../config/config.js';
import type { Rows, Store } from '../../store/store.js';
import type { Client } from '../caller.js';
import type { MailRequest } from '../email-links/mail-requests.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import { MAIL_LIMIT_WINDOW_SECONDS } from '../../values/policy.js';

/** What a mail is for that a stranger can cause. */
type MailKind = 'SIGN_UP' | MailRequest['kind'];

/** How much of what costs somebody something is still to be had. */
export interface RateLimits {
  /**
   * Whether one more mail that a stranger can cause may go to an address. Counted in the transaction that posts it, and
   * for every address alike, known or not. A limit that is spent is silent: to say so would tell what others have asked.
   * Each kind is counted apart: whoever asks for one again and again, which may lead to no mail at all, must not keep the
   * owner from another.
   */
  mayMail(tx: Pick<Rows, 'rateLimits'>, kind: MailKind, emailCanonical: string): Promise<boolean>;
  /** Spends a request for mail of a network. Answers seconds to wait, 0 when it may go on. */
  mailRequest(client: Client): Promise<number>;
}

type RateLimitConfig = Pick<Config, 'mailsPerAddressPerHour' | 'mailRequestsPerNetworkPerHour'>;

export const createRateLimits = (
  store: Pick<Store, 'rateLimits'>,
  { mailsPerAddressPerHour, mailRequestsPerNetworkPerHour }: RateLimitConfig,
  keys: SigningKeyStore,
): RateLimits => {
  // Under a key, so that the table is no list of addresses to try.
  const keyOf = (purpose: string, limited: string): string => {
    const [{ secret }] = keys.current().refreshTokens;
    return `${purpose}:${createHmac('sha256', secret).update(`gatehouse.limit:${purpose}:${limited}`).digest('base64url')}`;
  };
  return {
    async mayMail(tx, kind, emailCanonical) {
      const key = keyOf(`mail-${kind}`, emailCanonical);
      return (await tx.rateLimits.spend(key, mailsPerAddressPerHour, MAIL_LIMIT_WINDOW_SECONDS)) === 0;
    },
    async mailRequest({ network }) {
      if (network === null) return 0;
      return store.rateLimits.spend(
        keyOf('mail-request', network),
        mailRequestsPerNetworkPerHour,
        MAIL_LIMIT_WINDOW_SECONDS,
      );
    },
  };
};
