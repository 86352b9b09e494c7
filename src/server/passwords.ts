import { createPasswordPolicy, type PasswordPolicy } from '../auth/password-checks/password-policy.js';
import type { Config } from '../config/config.js';
import { createConcurrencyLimiter, type ConcurrencyLimiter } from '../security/passwords/concurrency-limiter.js';
import { createLeakedPasswordsRange, type LeakedPasswordsRange } from '../security/passwords/leaked-passwords-range.js';
import { openLeakedPasswords } from '../security/passwords/leaked-passwords.js';
import { createPasswordHasher, type PasswordHasher } from '../security/passwords/password.js';
import type { Store } from '../store/store.js';
import { HASH_DEADLINE_MS } from '../values/policy.js';
import type { BurstLog } from './burst-log.js';
import type { Metrics } from './metrics/metrics.js';

/** Creates the limiter of all password hashes of this process. */
export const createHashLimiter = (
  config: Pick<Config, 'hashConcurrency' | 'hashQueue'>,
  metrics: Metrics | undefined,
): ConcurrencyLimiter =>
  createConcurrencyLimiter({
    concurrency: config.hashConcurrency,
    queue: config.hashQueue,
    deadlineMs: HASH_DEADLINE_MS,
    observer: metrics?.hashes,
  });

export const createHasher = (
  config: Pick<Config, 'argon2MemoryKib' | 'argon2Passes' | 'argon2Lanes'>,
  store: Store,
  limiter: ConcurrencyLimiter,
): PasswordHasher =>
  createPasswordHasher({
    memoryKib: config.argon2MemoryKib,
    passes: config.argon2Passes,
    lanes: config.argon2Lanes,
    limiter,
    guard: store.assertOutsideTransaction,
  });

type RangeConfig = Pick<Config, 'leakedPasswordsUrl' | 'leakedPasswordsTimeoutSeconds' | 'leakedPasswordsFail'>;

export const createPolicy = (
  config: RangeConfig & Pick<Config, 'passwordMinLength' | 'publicUrl' | 'appName'>,
  store: Store,
  burstLog: BurstLog,
): PasswordPolicy =>
  createPasswordPolicy({
    minLength: config.passwordMinLength,
    host: new URL(config.publicUrl).hostname,
    appName: config.appName,
    leaked: openLeakedPasswords(),
    range: createRange(config, burstLog),
    guard: store.assertOutsideTransaction,
  });

const createRange = (config: RangeConfig, burstLog: BurstLog): LeakedPasswordsRange | undefined => {
  const { leakedPasswordsUrl: url, leakedPasswordsTimeoutSeconds: timeoutSeconds, leakedPasswordsFail: fail } = config;
  if (url === undefined) return undefined;
  const consequence =
    fail === 'open' ? 'the password was accepted without it' : 'the request was rejected with SERVICE_UNAVAILABLE';
  return createLeakedPasswordsRange({
    url,
    timeoutSeconds,
    fail,
    onFailure: (err) => {
      burstLog.warn({ err }, `the service at LEAKED_PASSWORDS_URL failed: ${consequence}`);
    },
  });
};
