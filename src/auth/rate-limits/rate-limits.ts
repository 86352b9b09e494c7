import { createHmac } from 'node:crypto';

import type { Config } from '../../config/config.js';
import type { Rows, Store } from '../../store/store.js';
import { MAIL_LIMIT_WINDOW_SECONDS } from '../../values/policy.js';
import { recordEvent, type SecurityEvent } from '../audit/security-events.js';
import type { Client } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';

const mailKinds = ['SIGN_UP', 'RESET_PASSWORD', 'VERIFY_EMAIL', 'CHANGE_EMAIL'] as const;

/** The purpose of an email that a stranger can cause. */
export type MailKind = (typeof mailKinds)[number];

/** Whether an email may be sent. */
export interface MailPermission {
  readonly isGranted: boolean;
  /** The event of a limit that has just been exhausted, without its subject. */
  readonly exhaustion?: SecurityEvent;
}

export interface RateLimits {
  /**
   * Whether one more email that a stranger can cause may be sent to an address. The email is counted in the transaction
   * that queues it, in the same way for every address, known or not. An exhausted limit causes no error, because an
   * error would reveal what others have requested. Each kind is counted separately: a stranger who keeps requesting one
   * kind, even where it leads to no email, must not keep the owner from another kind.
   *
   * @returns the event to record with the refusal, if it is the first of its window
   */
  mayMail(tx: Pick<Rows, 'rateLimits'>, kind: MailKind, emailCanonical: string): Promise<MailPermission>;
  /** Counts a request for an email by the client's network. Returns the seconds to wait; 0 when it is allowed. */
  mailRequest(client: Client): Promise<number>;
  /** Resets every limit of an address. The limits of networks, which others share, stay. */
  resetAddress(tx: Pick<Rows, 'rateLimits'>, emailCanonical: string): Promise<void>;
}

const exhaustionOf = (limit: string): SecurityEvent => ({ type: 'RATE_LIMIT_EXHAUSTED', detail: { limit } });

type RateLimitConfig = Pick<Config, 'mailsPerAddressPerHour' | 'mailRequestsPerNetworkPerHour'>;

export const createRateLimits = (
  store: Pick<Store, 'rateLimits' | 'securityEvents'>,
  { mailsPerAddressPerHour, mailRequestsPerNetworkPerHour }: RateLimitConfig,
  keys: SigningKeyStore,
  clock: () => Date,
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
      const spending = await tx.rateLimits.spend(key, mailsPerAddressPerHour, MAIL_LIMIT_WINDOW_SECONDS);
      const isGranted = spending.retryAfterSeconds === 0;
      return spending.isNewlyExhausted ? { isGranted, exhaustion: exhaustionOf(`mail-${kind}`) } : { isGranted };
    },
    async mailRequest(client) {
      if (client.network === null) return 0;
      const key = keyOf('mail-request', client.network);
      const spending = await store.rateLimits.spend(key, mailRequestsPerNetworkPerHour, MAIL_LIMIT_WINDOW_SECONDS);
      const { retryAfterSeconds, isNewlyExhausted } = spending;
      if (isNewlyExhausted) {
        await recordEvent(store, clock(), { kind: 'anonymous', client }, exhaustionOf('mail-request'));
      }
      return retryAfterSeconds;
    },
    async resetAddress(tx, emailCanonical) {
      await tx.rateLimits.reset(mailKinds.map((kind) => mailKeyOf(kind, emailCanonical)));
    },
  };
};
