import type { Rows } from '../store/store.js';
import { VERIFICATION_TTL_SECONDS, REVOKED_SESSION_RETENTION_SECONDS } from '../values/policy.js';

/**
 * What removes rows that are over, `limit` at a time, and counts them. Nothing depends on when it runs: what is over is
 * refused whether or not its row is still there.
 */
export const retentionSteps: readonly ((tx: Rows, limit: number) => Promise<number>)[] = [
  (tx, limit) => tx.sessions.removeOver(limit),
  (tx, limit) => tx.sessions.removeRevoked(limit, REVOKED_SESSION_RETENTION_SECONDS),
  (tx, limit) => tx.oneTimeTokens.removeOver(limit),
  (tx, limit) => tx.signUps.removeOver(limit, VERIFICATION_TTL_SECONDS),
  (tx, limit) => tx.rateLimits.removeOver(limit),
];
