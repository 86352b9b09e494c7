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
