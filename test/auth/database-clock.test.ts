import { createDatabaseClock } from '../../src/auth/database-clock.js';

const NOON = Date.parse('2026-01-02T12:00:00Z');

/** A database whose clock differs from the local one and whose answers take `roundTripMs`. */
const startClock = async (aheadMs: number, roundTripMs = 0) => {
  const state = { local: NOON, aheadMs, roundTripMs };
  const offsets: number[] = [];
  const readTime = () => {
    const time = new Date(state.local + state.roundTripMs / 2 + state.aheadMs);
    state.local += state.roundTripMs;
    return Promise.resolve(time);
  };
  const clock = await createDatabaseClock(
    readTime,
    (seconds) => offsets.push(seconds),
    () => state.local,
  );
  return { clock, state, offsets };
};

describe('the database clock', () => {
  it('returns the time of the database, and advances with the clock of the instance', async () => {
    const { clock, state } = await startClock(-3_600_000);
    expect(clock.now()).toEqual(new Date('2026-01-02T11:00:00Z'));
    state.local += 1_000;
    expect(clock.now()).toEqual(new Date('2026-01-02T11:00:01Z'));
    expect(clock.offsetSeconds()).toBe(-3600);
  });

  it('takes half of the round trip into account', async () => {
    const { clock, state } = await startClock(2_000, 400);
    expect(clock.now().getTime() - state.local).toBe(2_000);
  });

  it('discards a measurement that took longer than a second', async () => {
    const { clock, state } = await startClock(2_000);
    state.aheadMs = 9_000;
    state.roundTripMs = 1_001;
    expect(await clock.measure()).toBe(0);
    expect(clock.offsetSeconds()).toBe(2);
    state.roundTripMs = 1_000;
    expect(await clock.measure()).toBe(1);
    expect(clock.offsetSeconds()).toBe(9);
  });

  it.each([5_001, -5_001])('reports an offset of %d ms, once for as long as it lasts', async (aheadMs) => {
    const { clock, state, offsets } = await startClock(aheadMs);
    await clock.measure();
    expect(offsets).toEqual([aheadMs / 1000]);
    state.aheadMs = 0;
    await clock.measure();
    state.aheadMs = aheadMs;
    await clock.measure();
    expect(offsets).toEqual([aheadMs / 1000, aheadMs / 1000]);
  });

  it.each([5_000, -5_000, 0])('does not report an offset of %d ms', async (aheadMs) => {
    expect((await startClock(aheadMs)).offsets).toEqual([]);
  });
});
