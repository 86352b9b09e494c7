import type { Rows } from '../store/store.js';
import {
  REVOKED_SESSION_RETENTION_SECONDS,
  SECURITY_EVENT_RETENTION_SECONDS,
  VERIFICATION_TTL_SECONDS,
  type SecurityEventKind,
} from '../values/policy.js';
import { securityEventTypesOf } from './audit/security-events.js';

const removeEvents = (kind: SecurityEventKind) => {
  const types = securityEventTypesOf(kind);
  return (tx: Rows, limit: number) => tx.securityEvents.removeOld(limit, types, SECURITY_EVENT_RETENTION_SECONDS[kind]);
};

/**
 * Each step removes at most `limit` expired or ended rows and returns their number. Nothing depends on when a step
 * runs: rows that have expired or ended are rejected even while they still exist.
 */
export const retentionSteps: readonly ((tx: Rows, limit: number) => Promise<number>)[] = [
  (tx, limit) => tx.sessions.removeExpired(limit),
  (tx, limit) => tx.sessions.removeRevoked(limit, REVOKED_SESSION_RETENTION_SECONDS),
  (tx, limit) => tx.oneTimeTokens.removeExpired(limit),
  (tx, limit) => tx.signUps.removeExpired(limit, VERIFICATION_TTL_SECONDS),
  (tx, limit) => tx.rateLimits.removeExpired(limit),
  (tx, limit) => tx.deviceTokens.removeExpired(limit),
  removeEvents('outsider'),
  removeEvents('account'),
];
