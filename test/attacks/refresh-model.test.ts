import fc from 'fast-check';

import { checkAll } from '../support/session-checks.js';
import { beginRun, lifeOfSessions } from '../support/session-commands.js';
import { refreshTable } from '../support/session-model.js';
import { startSessionSystem, type SessionSystem } from '../support/session-system.js';
import { USERS } from '../support/session-targets.js';

/** So many that each row of the table is met many times over; MODEL_RUNS names another number. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 150);

let system: SessionSystem;
const met: string[] = [];

beforeAll(async () => {
  system = await startSessionSystem(USERS);
});

afterAll(async () => {
  await system.close();
});

describe('B1, B4, B6, B14 to B16: sessions, whatever is done to them and in whatever order', () => {
  it(
    `are in ${RUNS} runs what the contract’s table makes of them`,
    async () => {
      const property = fc.asyncProperty(lifeOfSessions, async (commands) => {
        const run = await beginRun(system, met);
        await fc.asyncModelRun(() => ({ model: run, real: system }), commands);
        await checkAll(run.world, system);
      });
      await fc.assert(property, { numRuns: RUNS, unbiased: true });
    },
    60_000 + RUNS * 5000,
  );

  it('met every row of the table', () => {
    const counts = refreshTable.map(({ found }) => ({ found, times: met.filter((row) => row === found).length }));
    process.stdout.write(counts.map(({ found, times }) => `${String(times).padStart(6)} times: ${found}\n`).join(''));
    expect(counts.filter(({ times }) => times === 0)).toEqual([]);
  });

  it('were checked with cached principals', () => {
    const { authentications, reads } = system.effort();
    expect(reads).toBeLessThan(authentications);
  });
});
