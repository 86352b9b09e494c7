import { createHmac } from 'node:crypto';

import type { Failure } from '../../errors.js';
import type { Budget } from '../../store/rate-limit-counters.js';
import type { Rows } from '../../store/store.js';
import type { SecurityEvent } from '../audit/security-events.js';
import type { Client } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { Attempt, Counters } from './counters.js';
import type { ExhaustionReport } from './exhausted-limits.js';
import type { Limits } from './limits.js';

/** The purpose of an email that a stranger can cause. */
export type MailKind = 'SIGN_UP' | 'RESET_PASSWORD' | 'VERIFY_EMAIL' | 'CHANGE_EMAIL';

/** Whether an email may be sent. */
export interface MailPermission {
  readonly isGranted: boolean;
  /** The event of a limit that has just been exhausted, without its subject. */
  readonly exhaustion?: SecurityEvent;
}

/** An exhausted limit, and what it counts by. */
export type RateLimited = Failure<'RATE_LIMITED'> & { readonly by: 'account' | 'network' };

/**
 * Counts attempts before their work begins, so that any number of concurrent requests, aliases or instances makes no more
 * attempts than the limit allows. An account is a canonical address, whether or not it has a user, so that a refusal reveals
 * nothing about it.
 */
export interface RateLimits {
  /** Takes an attempt to guess the password of an account: a login, and every other operation that asks for the password. */
  takePassword(emailCanonical: string, client: Client): Promise<Attempt | RateLimited>;
  /** Takes one for a device of the account's owner, after `takePassword` was refused by account. */
  takePasswordOnDevice(deviceTokenId: string, emailCanonical: string, client: Client): Promise<Attempt | RateLimited>;
  /** Takes a token of an email link. */
  takeLink(client: Client): Promise<Attempt | RateLimited>;
  /** Takes a refresh. */
  takeRefresh(client: Client): Promise<Attempt | RateLimited>;
  /** Takes a request for an email. */
  takeMailRequest(client: Client): Promise<Attempt | RateLimited>;
  /**
   * Whether one more email that a stranger can cause may be sent to an address. The email is counted in the transaction
   * that queues it, in the same way for every address, known or not. An exhausted limit causes no error, because an
   * error would reveal what others have requested. Each kind is counted separately: a stranger who keeps requesting one
   * kind, even where it leads to no email, must not keep the owner from another kind. What follows a `+` in the address
   * is ignored, because all of its variants are one mailbox.
   *
   * @returns the event to record with the refusal, if it is the first of its window
   */
  mayMail(tx: Pick<Rows, 'rateLimits'>, kind: MailKind, emailCanonical: string): Promise<MailPermission>;
  /** Returns the seconds until the password of an account can be tried again without a known device; 0 when it can be now. */
  passwordLockSeconds(emailCanonical: string): Promise<number>;
  /** Lifts every limit of an account. The limits of networks, which others share, stay. */
  resetAccount(emailCanonical: string): Promise<void>;
}

type Purpose = keyof Limits;

interface NamedBudget extends Budget {
  /** The name of the limit in security events. */
  readonly name: string;
}

const unlimited: Attempt = { giveBack: () => Promise.resolve() };

const mailboxOf = (emailCanonical: string): string => emailCanonical.replace(/\+[^@]*@/, '@');

export const createRateLimits = (
  counters: Counters,
  limits: Limits,
  keys: SigningKeyStore,
  report: ExhaustionReport,
): RateLimits => {
  // An HMAC, so that the table does not give an attacker a list of addresses to try.
  const digestOf = (text: string): string => {
    const [{ secret }] = keys.current().refreshTokens;
    return createHmac('sha256', secret).update(`gatehouse.limit:${text}`).digest('base64url');
  };
  const accountKeyOf = (emailCanonical: string) => digestOf(`account:${emailCanonical}`);

  /** The budget of a limit for what it counts by; none when there is no such limit. */
  const budgetsOf = (
    purpose: Purpose,
    name: string,
    limit: number | undefined,
    values: readonly string[],
    more: Pick<Budget, 'accountKey' | 'delayFrom'> = {},
  ): NamedBudget[] => {
    if (limit === undefined) return [];
    const key = `${name}:${digestOf([name, ...values].join(':'))}`;
    return [{ name, key, limit, windowSeconds: limits[purpose].windowSeconds, ...more }];
  };

  /** The budgets of the client's networks; none when they are not known, so that all clients do not share one. */
  const networkBudgets = (purpose: Purpose, { ranges }: Client): NamedBudget[] => {
    if (ranges === null) return [];
    const { network, widerNetwork } = limits[purpose];
    return [
      ...budgetsOf(purpose, `${purpose}-network`, network, [ranges.narrow]),
      ...budgetsOf(purpose, `${purpose}-wider-network`, widerNetwork, [ranges.wide]),
    ];
  };
  const accountBudgets = (emailCanonical: string): NamedBudget[] => {
    const { account, delayFrom } = limits.password;
    const more = { accountKey: accountKeyOf(emailCanonical), ...(delayFrom === undefined ? {} : { delayFrom }) };
    return budgetsOf('password', 'password-account', account, [emailCanonical], more);
  };
  const deviceBudgets = (deviceTokenId: string, emailCanonical: string): NamedBudget[] =>
    budgetsOf('device', 'password-device', limits.device.device, [deviceTokenId], {
      accountKey: accountKeyOf(emailCanonical),
    });
  const pairBudgets = (emailCanonical: string, { ranges }: Client): NamedBudget[] => {
    if (ranges === null) return [];
    const values = [emailCanonical, ranges.narrow];
    return budgetsOf('password', 'password-pair', limits.password.pair, values, {
      accountKey: accountKeyOf(emailCanonical),
    });
  };
  const mailBudgets = (kind: MailKind, mailbox: string): NamedBudget[] =>
    budgetsOf('mail', `mail-${kind}`, limits.mail.account, [mailbox], { accountKey: accountKeyOf(mailbox) });

  // The networks come first: a client whose own limit is exhausted spends nothing of an account's.
  const take = async (
    client: Client,
    ofNetwork: readonly NamedBudget[],
    ofAccount: readonly NamedBudget[] = [],
  ): Promise<Attempt | RateLimited> => {
    const budgets = [...ofNetwork, ...ofAccount];
    if (budgets.length === 0) return unlimited;
    const taken = await counters.take(budgets);
    if (!('retryAfterSeconds' in taken)) return taken;
    const { index, retryAfterSeconds } = taken;
    const exhausted = budgets[index];
    if (exhausted) await report.record(exhausted, client);
    return { failure: 'RATE_LIMITED', retryAfterSeconds, by: index < ofNetwork.length ? 'network' : 'account' };
  };

  return {
    takePassword: (emailCanonical, client) =>
      take(client, networkBudgets('password', client), [
        ...pairBudgets(emailCanonical, client),
        ...accountBudgets(emailCanonical),
      ]),
    takePasswordOnDevice: (deviceTokenId, emailCanonical, client) =>
      take(client, networkBudgets('password', client), deviceBudgets(deviceTokenId, emailCanonical)),
    takeLink: (client) => take(client, networkBudgets('link', client)),
    takeRefresh: (client) => take(client, networkBudgets('refresh', client)),
    takeMailRequest: (client) => take(client, networkBudgets('mail', client)),
    async mayMail(tx, kind, emailCanonical) {
      const [budget] = mailBudgets(kind, mailboxOf(emailCanonical));
      if (!budget || !(await tx.rateLimits.take([budget]))) return { isGranted: true };
      const exhaustion = report.eventOf(budget);
      return { isGranted: false, ...(exhaustion ? { exhaustion } : {}) };
    },
    async passwordLockSeconds(emailCanonical) {
      const [budget] = accountBudgets(emailCanonical);
      return budget ? counters.waitSeconds(budget) : 0;
    },
    async resetAccount(emailCanonical) {
      for (const account of new Set([emailCanonical, mailboxOf(emailCanonical)]))
        await counters.resetAccount(accountKeyOf(account));
    },
  };
};
