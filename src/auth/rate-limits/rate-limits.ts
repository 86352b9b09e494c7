import type { Failure } from '../../errors.js';
import type { Rows } from '../../store/store.js';
import type { SecurityEvent } from '../audit/security-events.js';
import type { ApplicationLimit } from '../../values/application-limit.js';
import type { Caller, Client } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import { createBudgets, type MailKind, type NamedBudget } from './budgets.js';
import type { Attempt, Counters } from './counters.js';
import type { ExhaustionReport, Work } from './exhausted-limits.js';
import type { LimitPurpose, Limits, LimitScope } from './limits.js';

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
  /** Takes a request that the application limits. */
  takeOfApplication(limit: ApplicationLimit, caller: Caller, client: Client): Promise<Attempt | RateLimited>;
  /**
   * Whether one more email that a stranger can cause may be sent to an address. The email is counted in the transaction
   * that queues it, in the same way for every address, known or not. An exhausted limit causes no error, because an
   * error would reveal what others have requested. Each kind is counted separately: a stranger who keeps requesting one
   * kind, even where it leads to no email, must not keep the owner from another kind. What follows a `+` in the address
   * is ignored, because all of its variants are one mailbox.
   *
   * @param work is the same if the unit of work runs again, see `ExhaustionReport.eventOf`
   * @returns the event to record with the refusal, if it is the first of its window
   */
  mayMail(tx: Pick<Rows, 'rateLimits'>, kind: MailKind, emailCanonical: string, work: Work): Promise<MailPermission>;
  /** Returns the seconds until the password of an account can be tried again without a known device; 0 when it can be now. */
  passwordLockSeconds(emailCanonical: string): Promise<number>;
  /** Lifts every limit of an account. The limits of networks, which others share, stay. */
  resetAccount(emailCanonical: string): Promise<void>;
}

/** Called each time that a limit refuses something. */
export type OnRefusal = (purpose: LimitPurpose, scope: LimitScope) => void;

const unlimited: Attempt = { giveBack: () => Promise.resolve() };

export const createRateLimits = (
  counters: Counters,
  limits: Limits,
  keys: SigningKeyStore,
  report: ExhaustionReport,
  onRefusal: OnRefusal = () => undefined,
): RateLimits => {
  const budgets = createBudgets(limits, keys);

  // The networks come first: a client whose own limit is exhausted spends nothing of an account's.
  const take = async (
    client: Client,
    ofNetwork: readonly NamedBudget[],
    ofAccount: readonly NamedBudget[] = [],
  ): Promise<Attempt | RateLimited> => {
    const all = [...ofNetwork, ...ofAccount];
    if (all.length === 0) return unlimited;
    const taken = await counters.take(all);
    if (!('retryAfterSeconds' in taken)) return taken;
    const { index, retryAfterSeconds } = taken;
    const exhausted = all[index];
    if (exhausted) {
      onRefusal(exhausted.purpose, exhausted.scope);
      await report.record(exhausted, client);
    }
    return { failure: 'RATE_LIMITED', retryAfterSeconds, by: index < ofNetwork.length ? 'network' : 'account' };
  };

  return {
    takePassword: (emailCanonical, client) =>
      take(client, budgets.ofNetworks('password', client), [
        ...budgets.ofPair(emailCanonical, client),
        ...budgets.ofAccount(emailCanonical),
      ]),
    takePasswordOnDevice: (deviceTokenId, emailCanonical, client) =>
      take(client, budgets.ofNetworks('password', client), budgets.ofDevice(deviceTokenId, emailCanonical)),
    takeLink: (client) => take(client, budgets.ofNetworks('link', client)),
    takeRefresh: (client) => take(client, budgets.ofNetworks('refresh', client)),
    takeMailRequest: (client) => take(client, budgets.ofNetworks('mail', client)),
    takeOfApplication: (limit, caller, client) => {
      const user = caller.kind === 'user' ? caller : null;
      return take(client, budgets.ofApplication(limit, user, client));
    },
    async mayMail(tx, kind, emailCanonical, work) {
      const [budget] = budgets.ofMail(kind, emailCanonical);
      if (!budget || !(await tx.rateLimits.take([budget]))) return { isGranted: true };
      onRefusal(budget.purpose, budget.scope);
      const exhaustion = report.eventOf(budget, work);
      return { isGranted: false, ...(exhaustion ? { exhaustion } : {}) };
    },
    async passwordLockSeconds(emailCanonical) {
      const [budget] = budgets.ofAccount(emailCanonical);
      return budget ? counters.waitSeconds(budget) : 0;
    },
    async resetAccount(emailCanonical) {
      for (const accountKey of budgets.accountKeysOf(emailCanonical)) await counters.resetAccount(accountKey);
    },
  };
};
