/** A clock that stands still until it is told to move. */
export interface TestClock {
  readonly now: () => Date;
  advance(seconds: number): void;
}

/** Starts at the present time, so that it agrees with the database's. */
export const createTestClock = (): TestClock => {
  let time = Date.now();
  return {
    now: () => new Date(time),
    advance(seconds) {
      time += seconds * 1000;
    },
  };
};
