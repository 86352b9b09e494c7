import { createHmac } from 'node:crypto';

import type { Budget } from '../../store/rate-limit-counters.js';
import type { ApplicationLimit } from '../../values/application-limit.js';
import type { Client, UserCaller } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import { WIDER_NETWORK_FACTOR, type LimitPurpose, type Limits, type LimitScope } from './limits.js';

/** The purpose of an email that a stranger can cause. */
export type MailKind = 'SIGN_UP' | 'RESET_PASSWORD' | 'VERIFY_EMAIL' | 'CHANGE_EMAIL';

export interface NamedBudget extends Budget {
  readonly purpose: LimitPurpose;
  readonly scope: LimitScope;
  /** The name of the limit in security events. */
  readonly name: string;
}

/** The budgets of limits. A list is empty when there is no such limit, or nothing to count by. */
export interface Budgets {
  /** The budgets of the client's networks; none when they are not known, so that all clients do not share one. */
  ofNetworks(purpose: keyof Limits, client: Client): NamedBudget[];
  /** The budget of passwords by account. */
  ofAccount(emailCanonical: string): NamedBudget[];
  /** The budget of passwords on a known device. */
  ofDevice(deviceTokenId: string, emailCanonical: string): NamedBudget[];
  /** The budget of passwords by account and network together. */
  ofPair(emailCanonical: string, client: Client): NamedBudget[];
  /** The budget of emails to the mailbox of an address: what follows a `+` is ignored. */
  ofMail(kind: MailKind, emailCanonical: string): NamedBudget[];
  /** The budgets of a limit of the application; none for a network that is not known. */
  ofApplication(limit: ApplicationLimit, user: UserCaller | null, client: Client): NamedBudget[];
  /** Returns the keys of all accounts by which an address is counted. */
  accountKeysOf(emailCanonical: string): ReadonlySet<string>;
}

const mailboxOf = (emailCanonical: string): string => emailCanonical.replace(/\+[^@]*@/, '@');

export const createBudgets = (limits: Limits, keys: SigningKeyStore): Budgets => {
  // An HMAC, so that the counters do not give an attacker a list of addresses to try.
  const digestOf = (text: string): string => {
    const [{ secret }] = keys.current().refreshTokens;
    return createHmac('sha256', secret).update(`gatehouse.limit:${text}`).digest('base64url');
  };
  const accountKeyOf = (emailCanonical: string) => digestOf(`account:${emailCanonical}`);

  const budgetsOf = (
    purpose: keyof Limits,
    scope: LimitScope,
    limit: number | undefined,
    values: readonly string[],
    more: Partial<Pick<NamedBudget, 'name' | 'accountKey' | 'delayFrom'>> = {},
  ): NamedBudget[] => {
    if (limit === undefined) return [];
    const { name = `${purpose}-${scope}` } = more;
    const key = `${name}:${digestOf([name, ...values].join(':'))}`;
    return [{ ...more, purpose, scope, name, key, limit, windowSeconds: limits[purpose].windowSeconds }];
  };

  return {
    ofNetworks(purpose, { ranges }) {
      if (ranges === null) return [];
      const { network, widerNetwork } = limits[purpose];
      return [
        ...budgetsOf(purpose, 'network', network, [ranges.narrow]),
        ...budgetsOf(purpose, 'wider-network', widerNetwork, [ranges.wide]),
      ];
    },
    ofAccount(emailCanonical) {
      const { account, delayFrom } = limits.password;
      const more = { accountKey: accountKeyOf(emailCanonical), ...(delayFrom === undefined ? {} : { delayFrom }) };
      return budgetsOf('password', 'account', account, [emailCanonical], more);
    },
    ofDevice: (deviceTokenId, emailCanonical) =>
      budgetsOf('device', 'device', limits.device.device, [deviceTokenId], {
        name: 'password-device',
        accountKey: accountKeyOf(emailCanonical),
      }),
    ofPair(emailCanonical, { ranges }) {
      if (ranges === null) return [];
      const values = [emailCanonical, ranges.narrow];
      return budgetsOf('password', 'pair', limits.password.pair, values, {
        accountKey: accountKeyOf(emailCanonical),
      });
    },
    ofMail(kind, emailCanonical) {
      const mailbox = mailboxOf(emailCanonical);
      return budgetsOf('mail', 'account', limits.mail.account, [mailbox], {
        name: `mail-${kind}`,
        accountKey: accountKeyOf(mailbox),
      });
    },
    ofApplication({ purpose, per, max, windowSeconds }, user, { ranges }) {
      const budget = (scope: LimitScope, limit: number, value: string): NamedBudget => {
        const name = `app-${purpose}-${scope}`;
        const key = `${name}:${digestOf([name, value].join(':'))}`;
        return { purpose: 'application', scope, name, key, limit, windowSeconds };
      };
      if (per === 'user') return user ? [budget('user', max, user.userId)] : [];
      if (ranges === null) return [];
      return [budget('network', max, ranges.narrow), budget('wider-network', WIDER_NETWORK_FACTOR * max, ranges.wide)];
    },
    accountKeysOf: (emailCanonical) => new Set([emailCanonical, mailboxOf(emailCanonical)].map(accountKeyOf)),
  };
};
