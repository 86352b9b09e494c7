import { LRUCache } from 'lru-cache';

import type { Store } from '../../store/store.js';
import { recordEvent, type SecurityEvent } from '../audit/security-events.js';
import type { Client } from '../caller.js';

/** An exhausted limit: its name, its counter, and the length of its window. */
export interface ExhaustedLimit {
  readonly name: string;
  readonly key: string;
  readonly windowSeconds: number;
}

/** Anything that is the same in every run of a unit of work, and in no other: an object, or an id. */
export type Work = object | string;

/** Reports exhausted limits, each once in its window. */
export interface ExhaustionReport {
  /**
   * Returns the event to record, or undefined when the limit was reported in this window. It names no account and no network.
   *
   * @param work identifies the unit of work that records the event. If a conflict makes it run again, it gets the event again:
   *   what it recorded before was rolled back
   */
  eventOf(limit: ExhaustedLimit, work: Work): SecurityEvent | undefined;
  /** Records that a client has exhausted a limit. */
  record(limit: ExhaustedLimit, client: Client): Promise<void>;
}

/** More limits than are exhausted at the same time; the oldest are forgotten first, and may be reported again. */
const REPORTED_MAX = 10_000;

/**
 * Creates the report of exhausted limits. Each instance reports by itself, and remembers in memory what it has reported: an
 * attacker can exhaust a limit as fast as the network allows, and must not cause a write for each request.
 */
export const createExhaustionReport = (store: Pick<Store, 'securityEvents'>, clock: () => Date): ExhaustionReport => {
  const reported = new LRUCache<string, Work>({ max: REPORTED_MAX, ttl: 1 });
  const eventOf = ({ name, key, windowSeconds }: ExhaustedLimit, work: Work): SecurityEvent | undefined => {
    const reporter = reported.get(key);
    if (reporter !== undefined && reporter !== work) return undefined;
    reported.set(key, work, { ttl: windowSeconds * 1000 });
    return { type: 'RATE_LIMIT_EXHAUSTED', detail: { limit: name } };
  };
  return {
    eventOf,
    async record(limit, client) {
      const event = eventOf(limit, {});
      if (event) await recordEvent(store, clock(), { kind: 'anonymous', client }, event);
    },
  };
};
