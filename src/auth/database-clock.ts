/** The time of the database, estimated by this instance without a query. */
export interface DatabaseClock {
  readonly now: () => Date;
  /** How far the database's clock is ahead of this instance's; negative when it is behind. */
  readonly offsetSeconds: () => number;
  /** Measures the offset again. Returns 1 when the measurement counts, 0 when the database took too long to respond. */
  readonly measure: () => Promise<number>;
}

/** Above this offset, an operator should correct the clock of the instance. */
const TOLERATED_OFFSET_MS = 5_000;
/** A slower measurement is discarded, because it may be wrong by half of its round trip. */
const MAX_ROUND_TRIP_MS = 1_000;

/**
 * Creates a clock that follows the database's, so that all instances have the same time. Tokens are issued at the time of
 * the row that they belong to. An instance whose own clock is wrong would otherwise reject fresh tokens from another
 * instance or accept expired ones.
 *
 * @param readTime reads the time of the database
 * @param local milliseconds since the epoch on this instance's clock
 * @param onOffset called when the offset has become larger than five seconds, with the offset in seconds
 */
export const createDatabaseClock = async (
  readTime: () => Promise<Date>,
  onOffset: (offsetSeconds: number) => void,
  local: () => number = Date.now,
): Promise<DatabaseClock> => {
  let offsetMs = 0;
  let isTolerated = true;

  const measure = async (): Promise<number> => {
    const startedAt = local();
    const time = await readTime();
    const roundTripMs = local() - startedAt;
    if (roundTripMs > MAX_ROUND_TRIP_MS) return 0;
    offsetMs = time.getTime() - (startedAt + roundTripMs / 2);
    const wasTolerated = isTolerated;
    isTolerated = Math.abs(offsetMs) <= TOLERATED_OFFSET_MS;
    if (wasTolerated && !isTolerated) onOffset(offsetMs / 1000);
    return 1;
  };

  await measure();
  return { now: () => new Date(local() + offsetMs), offsetSeconds: () => offsetMs / 1000, measure };
};
