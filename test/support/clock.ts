import type { Rows, Store } from '../../src/store/store.js';

/** The present time, which a test can move, or stop where a second more would make a difference. */
export interface TestClock {
  readonly now: () => Date;
  advance(seconds: number): void;
  /** Stops the clock, at the present time unless another one is given. */
  stop(at?: Date): void;
  /** Goes on with the present time. */
  run(): void;
}

export const createTestClock = (): TestClock => {
  let aheadMs = 0;
  let stoppedAt: number | undefined;
  const now = () => new Date(stoppedAt ?? Date.now() + aheadMs);
  return {
    now,
    advance(seconds) {
      if (stoppedAt === undefined) aheadMs += seconds * 1000;
      else stoppedAt += seconds * 1000;
    },
    stop(at = now()) {
      stoppedAt = at.getTime();
    },
    run() {
      stoppedAt = undefined;
    },
  };
};

/**
 * A store whose sessions are read at the time of `clock`, as if the database's clock had been moved too: tokens are issued at
 * that time. The rows themselves keep the time of the database.
 */
export const withClock = (store: Store, clock: TestClock): Store => {
  const moved = <Row extends { readonly readAt: Date } | undefined>(row: Row): Row =>
    row && { ...row, readAt: new Date(row.readAt.getTime() + clock.now().getTime() - Date.now()) };
  const movedRows = <R extends Rows>(rows: R): R => ({
    ...rows,
    sessions: {
      ...rows.sessions,
      create: async (...args) => moved(await rows.sessions.create(...args)),
      rotate: async (...args) => moved(await rows.sessions.rotate(...args)),
      refreshState: async (...args) => moved(await rows.sessions.refreshState(...args)),
    },
  });
  return { ...movedRows(store), transaction: (work) => store.transaction((tx) => work(movedRows(tx))) };
};
