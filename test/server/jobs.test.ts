import { setTimeout as delay } from 'node:timers/promises';

import { startJob, type JobRun } from '../../src/server/jobs.js';

/** A job of which each run waits until it is let go. */
const startHeld = () => {
  const runs: JobRun[] = [];
  const letGo: (() => void)[] = [];
  const run = () =>
    new Promise<number>((resolve) =>
      letGo.push(() => {
        resolve(1);
      }),
    );
  const job = startJob({ name: 'held', intervalSeconds: 3600, run }, (ran) => runs.push(ran));
  return { job, runs, letGo };
};

describe('a job', () => {
  it('runs when it is nudged, and reports how much it did', async () => {
    const runs: JobRun[] = [];
    const job = startJob({ name: 'counts', intervalSeconds: 3600, run: () => Promise.resolve(7) }, (ran) =>
      runs.push(ran),
    );
    job.nudge();
    await job.close();
    expect(runs).toEqual([{ job: 'counts', done: 7, seconds: expect.any(Number) as number }]);
  });

  it('runs periodically, on each instance at its own times', async () => {
    for (const random of [0, 1]) {
      const startedAt = performance.now();
      let tookMs: number | undefined;
      const round = { name: 'round', intervalSeconds: 0.2, run: () => Promise.resolve(0) };
      const job = startJob(
        round,
        () => {
          tookMs ??= performance.now() - startedAt;
        },
        () => random,
      );
      while (tookMs === undefined) await delay(1);
      await job.close();
      expect(tookMs).toBeGreaterThanOrEqual(random === 0 ? 149 : 249);
    }
  });

  it('continues after a failed run, and reports the error', async () => {
    const failure = new Error('no database');
    const runs: JobRun[] = [];
    const job = startJob({ name: 'fails', intervalSeconds: 0.01, run: () => Promise.reject(failure) }, (ran) =>
      runs.push(ran),
    );
    while (runs.length < 2) await delay(1);
    await job.close();
    expect(runs[1]).toMatchObject({ job: 'fails', error: failure });
    expect(runs[1]).not.toHaveProperty('done');
  });

  it('never runs twice at once, and runs once more if it is nudged during a run', async () => {
    const { job, runs, letGo } = startHeld();
    job.nudge();
    for (let nudge = 0; nudge < 5; nudge += 1) job.nudge();
    expect(letGo).toHaveLength(1);
    letGo[0]?.();
    while (letGo.length < 2) await delay(1);
    letGo[1]?.();
    await job.close();
    expect(runs).toHaveLength(2);
  });

  it('aborts the signal of a long run when it is closed', async () => {
    let rounds = 0;
    const run = async (signal: AbortSignal) => {
      for (; !signal.aborted; rounds += 1) await delay(1);
      return rounds;
    };
    const runs: JobRun[] = [];
    const job = startJob({ name: 'endless', intervalSeconds: 3600, run }, (ran) => runs.push(ran));
    job.nudge();
    while (rounds === 0) await delay(1);
    await job.close();
    expect(runs).toMatchObject([{ job: 'endless', done: rounds }]);
  });

  it('waits for the run that is under way when it is closed, and begins no other', async () => {
    const { job, runs, letGo } = startHeld();
    job.nudge();
    job.nudge();
    const closed = job.close();
    letGo[0]?.();
    await closed;
    job.nudge();
    expect(runs).toHaveLength(1);
    expect(letGo).toHaveLength(1);
  });
});
