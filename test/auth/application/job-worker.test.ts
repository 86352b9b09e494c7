import { setTimeout as delay } from 'node:timers/promises';

import { createAccessFor } from '../../../src/auth/application/application-access.js';
import {
  createJobWorker,
  type FailedJob,
  type JobAttempt,
  type JobWorker,
} from '../../../src/auth/application/job-worker.js';
import type { AnyJobs, JobContext } from '../../../src/auth/application/jobs.js';
import { createJobQueue } from '../../../src/auth/job-queue.js';
import { createChange, type Change } from '../../../src/auth/unit-of-work.js';
import { createApplicationMails } from '../../../src/mail/application-mails.js';
import { createMailQueue } from '../../../src/mail/mail-queue.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import type { Store } from '../../../src/store/store.js';
import type { ApplicationConfig } from '../../../src/values/application-types.js';
import { JOB_ATTEMPTS_MAX } from '../../../src/values/policy.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const config: unknown = { greeting: 'hello' };

const secretBox = createSecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]);

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(() => database.query('DELETE FROM auth_queue_entry'));

afterAll(async () => {
  await store.close();
  await database.drop();
});

interface TestWorker extends JobWorker {
  readonly change: Change;
  readonly attempts: JobAttempt[];
  readonly failures: FailedJob[];
  /** Runs due jobs, and waits until none is in progress. */
  drain(): Promise<void>;
}

/** A worker of these jobs, as one instance has it. */
const workerOf = (jobs: AnyJobs, deadlineSeconds = 5, names = Object.keys(jobs)): TestWorker => {
  const attempts: JobAttempt[] = [];
  const failures: FailedJob[] = [];
  let inProgress = 0;
  const counted = Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      {
        ...job,
        run: (payload: never, context: JobContext) => {
          inProgress += 1;
          return job.run(payload, context);
        },
      },
    ]),
  );
  const change = createChange({
    store,
    mailQueue: createMailQueue(secretBox, () => undefined),
    jobQueue: createJobQueue(secretBox, names, () => undefined),
    applicationMails: createApplicationMails({}),
    principals: { forget: () => undefined },
    clock: () => new Date(),
  });
  const worker = createJobWorker({
    store,
    secretBox,
    jobs: counted,
    accessFor: createAccessFor({ change, store, config: config as ApplicationConfig }),
    reports: {
      onAttempt: (attempt) => attempts.push(attempt),
      onFailure: (failed) => failures.push(failed),
      onUnrecorded: (error) => {
        throw error;
      },
      onFree: () => {
        inProgress -= 1;
      },
    },
    deadlineSeconds,
    random: () => 0,
  });
  return {
    ...worker,
    change,
    attempts,
    failures,
    async drain() {
      await worker.run();
      while (inProgress > 0) await delay(1);
    },
  };
};

const entries = () =>
  database.query('SELECT topic, attempts, last_failure, dead_at IS NOT NULL AS dead FROM auth_queue_entry');

const enqueue = ({ change }: TestWorker, job: string, payload: unknown) =>
  change({ kind: 'system' }, (tx) => tx.jobs.enqueue(job, payload));

const makeDue = () => database.query('UPDATE auth_queue_entry SET deliver_after = now()');

describe('a queued job', () => {
  it('receives its payload, its id, the number of the attempt and the configuration, and is done once', async () => {
    const received: unknown[] = [];
    const worker = workerOf({
      greet: {
        run: (payload: unknown, { id, attempt, config }) => {
          received.push({ payload, attempt, config, isId: id.length === 36 });
          return Promise.resolve();
        },
      },
    });
    await enqueue(worker, 'greet', { name: 'Ada' });
    await worker.drain();
    await worker.drain();
    expect(received).toEqual([{ payload: { name: 'Ada' }, attempt: 1, config: { greeting: 'hello' }, isId: true }]);
    expect(worker.attempts).toMatchObject([{ job: 'greet', isDone: true }]);
    expect(await entries()).toEqual([]);
  });

  it('queues another job in a transaction of its own', async () => {
    const names: string[] = [];
    const worker = workerOf({
      first: { run: (_payload, { db }) => db.$transaction((tx) => tx.enqueue('second' as never, null as never)) },
      second: {
        run: () => {
          names.push('second');
          return Promise.resolve();
        },
      },
    });
    await enqueue(worker, 'first', null);
    await worker.drain();
    await worker.drain();
    expect(names).toEqual(['second']);
  });

  it('is run again with the same id when it fails, later each time, and the failure names it without its payload', async () => {
    const ids: string[] = [];
    const worker = workerOf({
      fail: {
        run: (_payload, { id }) => {
          ids.push(id);
          return Promise.reject(new Error('no'));
        },
      },
    });
    await enqueue(worker, 'fail', { name: 'Ada Lovelace' });
    await worker.drain();
    await worker.drain();
    expect(ids).toHaveLength(1);
    expect(await entries()).toEqual([{ topic: 'app:fail', attempts: 1, last_failure: 'FAILED', dead: false }]);
    await makeDue();
    await worker.drain();
    expect(ids[1]).toBe(ids[0]);
    expect(worker.failures).toMatchObject([
      { job: 'fail', id: ids[0], attempts: 1, failure: 'FAILED', dead: false },
      { attempts: 2 },
    ]);
    expect(JSON.stringify(worker.failures)).not.toContain('Ada');
  });

  it('becomes a dead letter after the last attempt', async () => {
    const worker = workerOf({ fail: { run: () => Promise.reject(new Error('no')) } });
    await enqueue(worker, 'fail', null);
    await database.query(`UPDATE auth_queue_entry SET attempts = ${JOB_ATTEMPTS_MAX - 1}`);
    await worker.drain();
    expect(worker.failures).toMatchObject([{ attempts: JOB_ATTEMPTS_MAX, dead: true }]);
    expect(await entries()).toMatchObject([{ last_failure: 'FAILED', dead: true }]);
  });

  it('is given up at its deadline although it never returns, and commits nothing after it', async () => {
    let late: Promise<unknown> = Promise.resolve();
    let isAborted = false;
    const worker = workerOf(
      {
        hang: {
          run: (_payload, { signal, db }) => {
            late = new Promise((resolve) => signal.addEventListener('abort', resolve)).then(() => {
              isAborted = signal.aborted;
              return db.$transaction((tx) => tx.enqueue('hang' as never, null as never));
            });
            late.catch(() => undefined);
            return new Promise<void>(() => undefined);
          },
        },
      },
      0.05,
    );
    await enqueue(worker, 'hang', null);
    await worker.drain();
    await expect(late).rejects.toThrow();
    expect(isAborted).toBe(true);
    expect(await entries()).toEqual([{ topic: 'app:hang', attempts: 1, last_failure: 'TIMED_OUT', dead: false }]);
  });

  it('waits for another instance when this one does not have the job, and becomes a dead letter in the end', async () => {
    const worker = workerOf({}, 5, ['removed']);
    await enqueue(worker, 'removed', null);
    await worker.run();
    while (worker.failures.length === 0) await delay(1);
    await worker.close();
    expect(worker.failures).toMatchObject([{ job: 'removed', failure: 'UNKNOWN_JOB', dead: false }]);
    expect(await entries()).toMatchObject([{ last_failure: 'UNKNOWN_JOB', dead: false }]);
  });

  it('is not run with a payload that was sealed under a key that this instance lacks', async () => {
    const worker = workerOf({ greet: { run: () => Promise.resolve() } });
    await enqueue(worker, 'greet', null);
    await database.query(`UPDATE auth_queue_entry SET payload = '{"sealed":"other.AAAA"}'`);
    await worker.run();
    while (worker.failures.length === 0) await delay(1);
    await worker.close();
    expect(worker.failures).toMatchObject([{ failure: 'UNREADABLE' }]);
    expect(worker.attempts).toEqual([]);
  });

  it('runs with few others at the same time', async () => {
    let running = 0;
    let most = 0;
    const worker = workerOf({
      slow: {
        run: async () => {
          running += 1;
          most = Math.max(most, running);
          await delay(5);
          running -= 1;
        },
      },
    });
    for (let count = 0; count < 9; count += 1) await enqueue(worker, 'slow', count);
    await worker.drain();
    expect(most).toBe(4);
    expect(await entries()).toHaveLength(5);
  });

  it('is returned to the queue without a counted attempt when the server stops', async () => {
    const worker = workerOf({ hang: { run: () => new Promise<void>(() => undefined) } }, 60);
    await enqueue(worker, 'hang', null);
    await worker.run();
    await worker.close();
    expect(await entries()).toEqual([{ topic: 'app:hang', attempts: 0, last_failure: null, dead: false }]);
    expect([worker.failures, worker.attempts]).toEqual([[], []]);
  }, 10_000);
});

describe('a periodic job', () => {
  const periodic = (run: () => Promise<void>, everySeconds = 60) => workerOf({ tidy: { everySeconds, run } });
  const seconds = async () => {
    const [row] = await database.query(
      `SELECT round(extract(epoch FROM deliver_after - now()))::int AS seconds FROM auth_queue_entry`,
    );
    return (row as { seconds: number } | undefined)?.seconds;
  };

  it('is run at once when it is new, and then after its interval, by one instance', async () => {
    let runs = 0;
    const run = () => {
      runs += 1;
      return Promise.resolve();
    };
    await periodic(run).drain();
    await periodic(run).drain();
    expect(runs).toBe(1);
    expect(await seconds()).toBe(60);
    await makeDue();
    await Promise.all([periodic(run).drain(), periodic(run).drain()]);
    expect(runs).toBe(2);
  });

  it('is run again after its interval when it fails, however often', async () => {
    const worker = periodic(() => Promise.reject(new Error('no')));
    await worker.drain();
    await database.query('UPDATE auth_queue_entry SET attempts = 1000, deliver_after = now()');
    await worker.drain();
    expect(worker.failures).toMatchObject([
      { job: 'tidy', dead: false },
      { attempts: 1001, dead: false },
    ]);
    expect(await seconds()).toBe(60);
  });

  it('takes over a shorter interval', async () => {
    await periodic(() => Promise.resolve(), 3600).drain();
    await periodic(() => Promise.resolve(), 30).drain();
    expect(await seconds()).toBe(30);
  });

  it('is neither listed nor counted as an entry that waits, nor retried', async () => {
    await periodic(() => Promise.reject(new Error('no'))).drain();
    expect(await store.queueEntries.list(10, null)).toEqual([]);
    expect(await store.queueEntries.count()).toEqual({ waiting: 0, dead: 0 });
    expect(await store.queueEntries.retry(null)).toBe(0);
  });

  it('leaves its entry to newer instances after it was removed, and no entry for ever', async () => {
    await periodic(() => Promise.resolve()).drain();
    await makeDue();
    const other = workerOf({});
    await other.run();
    while ((await seconds()) !== 3_600) await delay(1);
    await database.query('UPDATE auth_queue_entry SET attempts = 23, deliver_after = now()');
    await other.run();
    while ((await entries()).length > 0) await delay(1);
    expect(other.failures).toEqual([]);
  });
});
