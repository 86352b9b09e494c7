import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import {
  createQueueWorker,
  createTopicSource,
  drainQueue,
  type FailedAttempt,
  type QueueWorker,
  type QueueWorkerOptions,
  type TopicOptions,
} from '../../src/store/queue-worker.js';
import type { Store } from '../../src/store/store.js';
import type { QueueEntry } from '../../src/store/tables/queue-entries.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';

const TOPIC = 'test';

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

const add = async (count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) await store.queueEntries.add({ id, topic: TOPIC, payload: {} });
  return ids;
};

interface Row {
  readonly id: string;
  readonly attempts: number;
  readonly failure: string | null;
  readonly dead: boolean;
  /** Seconds until it is due. */
  readonly wait: number;
}

const rows = async (): Promise<Row[]> =>
  (await database.query(
    `SELECT id, attempts, last_failure AS failure, dead_at IS NOT NULL AS dead,
            extract(epoch FROM deliver_after - now())::float8 AS wait
     FROM auth_queue_entry ORDER BY id`,
  )) as Row[];

const sourceOf = (options: Partial<TopicOptions> = {}, of: Store = store) =>
  createTopicSource(of, {
    topic: TOPIC,
    leaseSeconds: 600,
    maxAttempts: 3,
    backoffSeconds: (attempts) => attempts * 1000,
    failureOf: (error) => ({ code: (error as Error).message, permanent: false }),
    ...options,
  });

type Options = Partial<QueueWorkerOptions<QueueEntry, void>> & Pick<QueueWorkerOptions<QueueEntry, void>, 'work'>;

const workerOf = (options: Options): QueueWorker =>
  createQueueWorker({
    source: sourceOf(),
    lanes: () => 1,
    complete: async ({ id }) => {
      await store.queueEntries.remove(id);
    },
    onUnrecorded: (error) => {
      throw error;
    },
    ...options,
  });

const fail = (): Promise<void> => Promise.reject(new Error('FAILED'));

/** Work that ends when the test says so, or rejects when it is aborted. */
const createGate = () => {
  const started: string[] = [];
  const finishers: (() => void)[] = [];
  const work = ({ id }: QueueEntry, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      started.push(id);
      finishers.push(resolve);
      signal.addEventListener('abort', () => {
        reject(new Error('ABORTED'));
      });
    });
  const finishAll = () => {
    for (const finish of finishers.splice(0)) finish();
  };
  return { started, work, finishAll };
};

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await delay(5);
};

describe('a queue worker', () => {
  it('claims no more entries than it has lanes, and more when lanes become free', async () => {
    await add(5);
    const { started, work, finishAll } = createGate();
    let freed = 0;
    const worker = workerOf({ work, lanes: () => 3, onLaneFree: () => (freed += 1) });
    await worker.start();
    await worker.start();
    expect(started).toHaveLength(3);
    expect((await rows()).filter(({ attempts }) => attempts === 1)).toHaveLength(3);

    finishAll();
    await until(() => freed === 3);
    await worker.start();
    expect(started).toHaveLength(5);
    expect(await rows()).toHaveLength(2);
    finishAll();
    await worker.close(1000);
    expect(await rows()).toEqual([]);
  });

  it('reads the number of lanes before each claim', async () => {
    await add(3);
    const { started, work, finishAll } = createGate();
    let lanes = 1;
    const worker = workerOf({ work, lanes: () => lanes });
    await worker.start();
    expect(started).toHaveLength(1);
    lanes = 2;
    await worker.start();
    expect(started).toHaveLength(2);
    finishAll();
    await worker.close(1000);
  });

  it('leases an entry while it is in progress', async () => {
    await add(1);
    const { work, finishAll } = createGate();
    const worker = workerOf({ work });
    await worker.start();
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: 1, failure: null });
    expect(row?.wait).toBeGreaterThan(500);
    finishAll();
    await worker.close(1000);
  });

  it('processes an entry again when the lease of an instance that died ends', async () => {
    const [id = ''] = await add(1);
    await sourceOf().claim(1);
    const done: string[] = [];
    const worker = workerOf({
      work: (entry) => {
        done.push(entry.id);
        return Promise.resolve();
      },
    });
    await worker.drain();
    expect(done).toEqual([]);
    await database.query('UPDATE auth_queue_entry SET deliver_after = now()');
    await worker.drain();
    expect(done).toEqual([id]);
  });

  it('retries a failed entry after the backoff, which grows with the attempts', async () => {
    await add(1);
    const worker = workerOf({ work: fail });
    await worker.drain();
    const [first] = await rows();
    expect(first).toMatchObject({ attempts: 1, failure: 'FAILED', dead: false });
    expect(first?.wait).toBeGreaterThan(900);
    expect(first?.wait).toBeLessThanOrEqual(1000);

    await database.query('UPDATE auth_queue_entry SET deliver_after = now()');
    await worker.drain();
    const [second] = await rows();
    expect(second).toMatchObject({ attempts: 2, failure: 'FAILED', dead: false });
    expect(second?.wait).toBeGreaterThan(1900);
  });

  it('buries an entry at the last attempt, and does not claim it again', async () => {
    const [id = ''] = await add(1);
    await database.query('UPDATE auth_queue_entry SET attempts = 2');
    const failed: FailedAttempt[] = [];
    const worker = workerOf({ work: fail, source: sourceOf({ onFailure: (attempt) => failed.push(attempt) }) });
    await worker.drain();
    expect(await rows()).toMatchObject([{ id, attempts: 3, failure: 'FAILED', dead: true }]);
    await worker.drain();
    expect(failed).toMatchObject([{ entry: { id, attempts: 3 }, code: 'FAILED', dead: true }]);
  });

  it('buries an entry whose failure is permanent at once', async () => {
    await add(1);
    const source = sourceOf({ failureOf: () => ({ code: 'REFUSED', permanent: true }) });
    await workerOf({ work: fail, source }).drain();
    expect(await rows()).toMatchObject([{ attempts: 1, failure: 'REFUSED', dead: true }]);
  });

  it('is not held up by an entry that fails', async () => {
    const ids = await add(4);
    const work = ({ id }: QueueEntry) => (id === ids[0] ? fail() : Promise.resolve());
    await workerOf({ work }).drain();
    expect(await rows()).toMatchObject([{ id: ids[0], failure: 'FAILED' }]);
  });

  it('aborts an entry that takes longer than the time limit', async () => {
    await add(1);
    const { work } = createGate();
    await workerOf({ work, timeLimitSeconds: 0.05 }).drain();
    expect(await rows()).toMatchObject([{ attempts: 1, failure: 'ABORTED' }]);
  });

  it('reports an outcome that it could not record, and goes on', async () => {
    const ids = await add(2);
    const unrecorded: unknown[] = [];
    const worker = workerOf({
      work: () => Promise.resolve(),
      complete: ({ id }) => (id === ids[0] ? fail() : Promise.resolve()),
      onUnrecorded: (error, { id }) => unrecorded.push([(error as Error).message, id]),
    });
    await worker.drain();
    expect(unrecorded).toEqual([['FAILED', ids[0]]]);
    expect((await rows()).every(({ attempts, failure }) => attempts === 1 && failure === null)).toBe(true);
  });
});

describe('a queue worker that is closed', () => {
  it('aborts what is in progress after the grace period, and gives it back without counting the attempt', async () => {
    await add(2);
    const { started, work } = createGate();
    const worker = workerOf({ work, lanes: () => 2 });
    await worker.start();
    await worker.close(10);
    expect(started).toHaveLength(2);
    expect((await rows()).every(({ attempts, failure, wait }) => attempts === 0 && failure === null && wait <= 0)).toBe(
      true,
    );
  });

  it('lets an entry in progress finish within the grace period', async () => {
    await add(1);
    const { work, finishAll } = createGate();
    const worker = workerOf({ work });
    await worker.start();
    const closed = worker.close(10_000);
    finishAll();
    await closed;
    expect(await rows()).toEqual([]);
  });

  it('claims nothing more', async () => {
    await add(1);
    const worker = workerOf({ work: fail });
    await worker.close(10);
    await worker.start();
    await worker.drain();
    expect(await rows()).toMatchObject([{ attempts: 0 }]);
  });
});

describe('a queue worker that lost its lease', () => {
  it('changes nothing, whether it failed for now, for good, or was closed', async () => {
    const source = sourceOf();
    const dying = sourceOf({ maxAttempts: 1 });
    await add(1);
    const [lost] = await source.claim(1);
    if (!lost) throw new Error('nothing was claimed');
    await database.query('UPDATE auth_queue_entry SET deliver_after = now()');
    expect(await source.claim(1)).toMatchObject([{ id: lost.id, attempts: 2 }]);

    await source.fail?.(lost, new Error('FAILED'));
    await dying.fail?.(lost, new Error('FAILED'));
    await source.release?.(lost);
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: 2, failure: null, dead: false });
    expect(row?.wait).toBeGreaterThan(500);
  });
});

describe('draining a queue', () => {
  const optionsOf = (work: (entry: QueueEntry) => Promise<void>) => ({ source: sourceOf(), lanes: () => 1, work });
  const end = async ({ id }: QueueEntry) => {
    await store.queueEntries.remove(id);
  };

  it('processes everything that is due, one entry after the other', async () => {
    await add(25);
    let active = 0;
    const work = async (entry: QueueEntry) => {
      active += 1;
      expect(active).toBe(1);
      await end(entry);
      active -= 1;
    };
    await drainQueue(optionsOf(work), String);
    expect(await rows()).toEqual([]);
  });

  it('reports the number of failures and the first three, after the other entries were processed', async () => {
    const ids = await add(8);
    const failing = new Set(ids.slice(0, 5));
    const work = (entry: QueueEntry) => (failing.has(entry.id) ? fail() : end(entry));
    const drained = drainQueue(optionsOf(work), (failed) => `${failed} entries failed.`);
    const error: unknown = await drained.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ message: '5 entries failed.', errors: Array(3).fill(new Error('FAILED')) });
    expect((await rows()).map(({ id }) => id).sort()).toEqual([...failing].sort());
  });

  it('finishes the entry in progress when it is aborted, and leaves the others unclaimed', async () => {
    await add(3);
    const stop = new AbortController();
    const work = async (entry: QueueEntry) => {
      stop.abort();
      await end(entry);
    };
    await drainQueue(optionsOf(work), String, stop.signal);
    expect((await rows()).map(({ attempts }) => attempts)).toEqual([0, 0]);
  });
});

if (postgresUrl !== undefined) {
  describe('several queue workers on PostgreSQL', () => {
    it('never process one entry twice', async () => {
      const ids = await add(200);
      const others = await Promise.all([database.open(), database.open()]);
      const done: string[] = [];
      const drained = [store, ...others].map((instance) =>
        workerOf({
          source: sourceOf({}, instance),
          lanes: () => 3,
          work: async ({ id }) => {
            done.push(id);
            await delay(Math.random() * 3);
          },
        }).drain(),
      );
      await Promise.all(drained);
      await Promise.all(others.map((instance) => instance.close()));
      expect(done.sort()).toEqual(ids.sort());
      expect(await rows()).toEqual([]);
    });
  });
}
