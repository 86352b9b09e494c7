import { setTimeout as delay } from 'node:timers/promises';

import type { JobRun } from '../../src/server/jobs.js';
import { periodicJobs, startSchedule, type ScheduleOptions } from '../../src/server/schedule.js';

/** Flows that only record that they were called. */
const recordingFlows = () => {
  const called: string[] = [];
  const flow = (name: string, count: number) => () => {
    called.push(name);
    return Promise.resolve(count);
  };
  const options = {
    store: { transaction: flow('transaction', 0) as unknown as ScheduleOptions['store']['transaction'] },
    mailSender: { run: flow('mail sender', 1) },
    clock: { measure: flow('clock', 5) },
    auth: {
      processMailRequests: flow('mail requests', 2),
      accountDeletion: { erase: flow('erasure', 3) } as unknown as ScheduleOptions['auth']['accountDeletion'],
      refreshDummyCredentials: flow('dummy credentials', 4),
      processErasedUsers: flow('erased users', 8),
      applicationJobs: { intervalSeconds: 7, run: flow('application jobs', 6) },
    },
  } as unknown as ScheduleOptions;
  return { called, options };
};

describe('the periodic jobs', () => {
  it('have these names and intervals', () => {
    const jobs = periodicJobs(recordingFlows().options);
    expect(jobs.map(({ name, intervalSeconds }) => [name, intervalSeconds])).toEqual([
      ['outbox', 2],
      ['application-jobs', 7],
      ['mail-requests', 1],
      ['expiry', 600],
      ['erasure', 600],
      ['erased-users', 5],
      ['clock', 60],
      ['dummy-credentials', 600],
    ]);
  });

  it('each run their own flow, and count what it has done', async () => {
    const { called, options } = recordingFlows();
    const { signal } = new AbortController();
    const counts: number[] = [];
    for (const { run } of periodicJobs(options)) counts.push(await run(signal));
    expect(counts).toEqual([1, 6, 2, 0, 3, 8, 5, 4]);
    // One transaction for each kind of row that expires.
    expect([...new Set(called)]).toEqual([
      'mail sender',
      'application jobs',
      'mail requests',
      'transaction',
      'erasure',
      'erased users',
      'clock',
      'dummy credentials',
    ]);
  });
});

describe('a schedule', () => {
  it('sends queued mail at once when it is woken, and nothing after it is closed', async () => {
    const { called, options } = recordingFlows();
    const runs: JobRun[] = [];
    const schedule = startSchedule(options, (run) => runs.push(run));
    schedule.wakeOutbox();
    while (runs.length === 0) await delay(1);
    expect(runs[0]).toMatchObject({ job: 'outbox', done: 1 });
    await schedule.close();
    const before = called.length;
    schedule.wakeOutbox();
    expect(called).toHaveLength(before);
  });
});
