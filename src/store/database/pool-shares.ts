import type { WorkKind } from './work-kind.js';

/** The connections that each kind of work holds, of which there is a maximum. */
export interface PoolShares {
  /** Resolves when the kind may hold another connection. @throws Error after `ms` */
  take(kind: WorkKind, ms: number): Promise<void>;
  /** Records that the kind holds one connection less. */
  free(kind: WorkKind): void;
  /** Returns the number of those that wait, of all kinds. */
  waiting(): number;
}

interface Share {
  held: number;
  readonly waiting: Set<() => void>;
}

/**
 * Leaves a fifth of the pool, at least one connection, to the other kinds. Requests of one kind that all wait for the same lock, or
 * whose statements are slow, would otherwise hold every connection until their deadline, and no other request would be served.
 *
 * @param max the connections of the pool; of one connection, nothing can be left
 */
export const createPoolShares = (max: number): PoolShares => {
  const most = Math.max(1, max - Math.ceil(max / 5));
  const shares = new Map<WorkKind, Share>();
  const shareOf = (kind: WorkKind): Share => {
    const share = shares.get(kind) ?? { held: 0, waiting: new Set() };
    shares.set(kind, share);
    return share;
  };
  return {
    take(kind, ms) {
      const share = shareOf(kind);
      if (share.held < most) {
        share.held += 1;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const call = () => {
          clearTimeout(timer);
          share.waiting.delete(call);
          resolve();
        };
        const timer = setTimeout(() => {
          share.waiting.delete(call);
          reject(
            new Error('timeout exceeded when trying to connect: requests of one kind hold their share of the pool'),
          );
        }, ms);
        share.waiting.add(call);
      });
    },
    free(kind) {
      const share = shareOf(kind);
      const [next] = share.waiting;
      // The connection passes to the one that has waited longest, so that a newcomer cannot overtake it.
      if (next) next();
      else share.held -= 1;
      if (share.held === 0) shares.delete(kind);
    },
    waiting: () => [...shares.values()].reduce((sum, share) => sum + share.waiting.size, 0),
  };
};
