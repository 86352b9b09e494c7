import type { Config } from '../../config/config.js';

/** How often something may be attempted in a window. Each number counts by what its name says. */
export interface Limit {
  readonly windowSeconds: number;
  /** By account, which is a canonical email address, known or not. */
  readonly account?: number;
  /** By device token. */
  readonly device?: number;
  /** By the client's address (IPv4) or /64 (IPv6). */
  readonly network?: number;
  /** By the client's /24 (IPv4) or /48 (IPv6). */
  readonly widerNetwork?: number;
  /** By account and network together. */
  readonly pair?: number;
  /** From this many attempts at an account on, each has to wait: a second, and twice as long each time. */
  readonly delayFrom?: number;
}

/** What is limited. */
export const limitPurposes = ['password', 'device', 'mail', 'link', 'refresh', 'application'] as const;
export type LimitPurpose = (typeof limitPurposes)[number];

/** What a limit counts by. */
export const limitScopes = ['account', 'device', 'network', 'wider-network', 'pair', 'user'] as const;
export type LimitScope = (typeof limitScopes)[number];

/** Every rate limit of ours, by its purpose. Those of an application are with its fields. */
export type Limits = Readonly<Record<Exclude<LimitPurpose, 'application'>, Limit>>;

/** How many times the budget of a network a wider network has. */
export const WIDER_NETWORK_FACTOR = 10;

export type LimitsConfig = Pick<
  Config,
  'loginAttemptsPerAccount' | 'loginAttemptsPerNetwork' | 'mailsPerAddressPerHour' | 'mailRequestsPerNetworkPerHour'
>;

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/**
 * The limits of a configuration. A wider network has ten times the budget of a network, because an attacker rents addresses
 * by the block, and must not gain from it more than ten customers of one provider need.
 */
export const limitsOf = (config: LimitsConfig): Limits => ({
  // A person mistypes a password a few times. At 10 guesses in 15 minutes, an attacker needs a year for 350,000.
  password: {
    windowSeconds: 15 * MINUTE_SECONDS,
    account: config.loginAttemptsPerAccount,
    network: config.loginAttemptsPerNetwork,
    widerNetwork: WIDER_NETWORK_FACTOR * config.loginAttemptsPerNetwork,
    pair: 5,
    delayFrom: 6,
  },
  // Beside the limit of the account, for a device from which its owner has logged in before. Counted for each device token, so
  // that a thief of one of them does not take the attempts of the owner's other devices.
  device: { windowSeconds: DAY_SECONDS, device: 5 },
  // Emails that strangers can cause. The account's limit is silent: an error would reveal what others have requested.
  mail: {
    windowSeconds: HOUR_SECONDS,
    account: config.mailsPerAddressPerHour,
    network: config.mailRequestsPerNetworkPerHour,
    widerNetwork: WIDER_NETWORK_FACTOR * config.mailRequestsPerNetworkPerHour,
  },
  // Tokens of email links. A person has one; who presents many that are not valid is guessing.
  link: { windowSeconds: 15 * MINUTE_SECONDS, network: 20, widerNetwork: 200 },
  // A client refreshes every half hour. An office behind one address has hundreds of them.
  refresh: { windowSeconds: MINUTE_SECONDS, network: 600, widerNetwork: 6000 },
});
