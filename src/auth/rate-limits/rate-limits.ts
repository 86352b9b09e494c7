import { createHmac } from 'node:crypto';

import type { Config } from '../../config/config.js';
import type { Rows, Store } from '../../store/store.js';
import { MAIL_LIMIT_WINDOW_SECONDS } from '../../values/policy.js';
import type { Client } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';

const mailKinds = ['SIGN_UP', 'RESET_PASSWORD', 'VERIFY_EMAIL', 'CHANGE_EMAIL'] as const;

/** The purpose of an email that a stranger can cause. */
export type MailKind = (typeof mailKinds)[number];

export interface RateLimits {
  /**
   * Whether one more email that a stranger can cause may be sent to an address. The email is counted in the transaction
   * that queues it, in the same way for every address, known or not. An exhausted limit causes no error, because an
   * error would reveal what others have requested. Each kind is counted separately: a stranger who keeps requesting one
   * kind, even where it leads to no email, must not keep the owner from another kind.
   */
  mayMail(tx: Pick<Rows, 'rateLimits'>, kind: MailKind, emailCanonical: string): Promise<boolean>;
  /** Counts a request for an email by the client's network. Returns the seconds to wait; 0 when it is allowed. */
  mailRequest(client: Client): Promise<number>;
  /** Resets every limit of an address. The limits of networks, which others share, stay. */
  resetAddress(tx: Pick<Rows, 'rateLimits'>, emailCanonical: string): Promise<void>;
}

type RateLimitConfig = Pick<Config, 'mailsPerAddressPerHour' | 'mailRequestsPerNetworkPerHour'>;

export const createRateLimits = (
  store: Pick<Store, 'rateLimits'>,
  { mailsPerAddressPerHour, mailRequestsPerNetworkPerHour }: RateLimitConfig,
  keys: SigningKeyStore,
): RateLimits => {
  // An HMAC, so that the table does not give an attacker a list of addresses to try.
  const keyOf = (purpose: string, value: string): string => {
    const [{ secret }] = keys.current().refreshTokens;
    return `${purpose}:${createHmac('sha256', secret).update(`gatehouse.limit:${purpose}:${value}`).digest('base64url')}`;
  };
  const mailKeyOf = (kind: MailKind, emailCanonical: string) => keyOf(`mail-${kind}`, emailCanonical);
  return {
    async mayMail(tx, kind, emailCanonical) {
      const key = mailKeyOf(kind, emailCanonical);
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
    async resetAddress(tx, emailCanonical) {
      await tx.rateLimits.reset(mailKinds.map((kind) => mailKeyOf(kind, emailCanonical)));
    },
  };
};
