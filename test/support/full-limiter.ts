import type { ConcurrencyLimiter } from '../../src/security/passwords/concurrency-limiter.js';

/** Admits nobody. */
export const fullLimiter: ConcurrencyLimiter = {
  admit: () => {
    throw new Error('full');
  },
  waiting: () => 0,
  run: () => Promise.reject(new Error('full')),
};
