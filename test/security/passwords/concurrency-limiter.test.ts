import { createConcurrencyLimiter } from '../../../src/security/passwords/concurrency-limiter.js';

/** A task that ends when it is told to. */
function work(): {
  run: () => Promise<string>;
  end: (value: string) => void;
  fail: (error: Error) => void;
  begun: boolean;
} {
  const { promise, resolve, reject } = deferred<string>();
  const state = {
    begun: false,
    run: () => {
      state.begun = true;
      return promise;
    },
    end: resolve,
    fail: reject,
  };
  return state;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

describe('the concurrency limiter', () => {
  it('runs as many tasks at once as it may, and queues the others', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 2, queue: 1 });
    const [a, b, c] = [work(), work(), work()];
    const results = [limiter.run(a.run), limiter.run(b.run), limiter.run(c.run)];
    await Promise.resolve();
    expect([a.begun, b.begun, c.begun]).toEqual([true, true, false]);
    a.end('a');
    await results[0];
    await new Promise(setImmediate);
    expect(c.begun).toBe(true);
    b.end('b');
    c.end('c');
    await expect(Promise.all(results)).resolves.toEqual(['a', 'b', 'c']);
  });

  it('runs queued tasks in order of arrival', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 10 });
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map((n) => limiter.run(() => Promise.resolve(order.push(n)))));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('lets no new task overtake the queue while a slot is passed on', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 10 });
    const order: string[] = [];
    const late = limiter
      .run(() => Promise.resolve('first'))
      .then(() => limiter.run(() => Promise.resolve(order.push('newcomer'))));
    const waiting = limiter.run(() => Promise.resolve(order.push('waiting')));
    await Promise.all([late, waiting]);
    expect(order).toEqual(['waiting', 'newcomer']);
  });

  it('throws SERVER_BUSY when the queue is full, without starting the task', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 1 });
    const [a, b, c] = [work(), work(), work()];
    const results = [limiter.run(a.run), limiter.run(b.run)];
    await expect(limiter.run(c.run)).rejects.toMatchObject({ code: 'SERVER_BUSY', detail: { retryAfterSeconds: 1 } });
    expect(c.begun).toBe(false);
    a.end('a');
    b.end('b');
    await Promise.all(results);
  });

  it('passes the slot of a failed task to the next one', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 1 });
    const a = work();
    const failing = limiter.run(a.run);
    const next = limiter.run(() => Promise.resolve('next'));
    a.fail(new Error('lost'));
    await expect(failing).rejects.toThrow('lost');
    await expect(next).resolves.toBe('next');
    await expect(limiter.run(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });

  it('may have no queue at all', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 0 });
    const a = work();
    const running = limiter.run(a.run);
    await expect(limiter.run(a.run)).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    a.end('a');
    await running;
  });

  it('is refused when no task could ever run', () => {
    expect(() => createConcurrencyLimiter({ concurrency: 0, queue: 1 })).toThrow(RangeError);
    expect(() => createConcurrencyLimiter({ concurrency: 1, queue: -1 })).toThrow(RangeError);
    expect(() => createConcurrencyLimiter({ concurrency: NaN, queue: 1 })).toThrow(RangeError);
  });

  it('gives one network at most half of the places', () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 3 });
    limiter.admit('a');
    limiter.admit('a');
    expect(() => limiter.admit('a')).toThrow('busy');
    limiter.admit('b');
    limiter.admit(null);
    expect(() => limiter.admit('c')).toThrow('busy');
  });

  it('gives clients whose network is not known all places', () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 1 });
    limiter.admit(null);
    limiter.admit(null);
    expect(() => limiter.admit(null)).toThrow('busy');
  });

  it('admits the next caller when one has left, and counts each once', () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 0 });
    const place = limiter.admit('a');
    place.leave();
    place.leave();
    limiter.admit('a');
    expect(() => limiter.admit('a')).toThrow('busy');
  });

  it('lets networks take turns', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 10 });
    const order: string[] = [];
    const first = work();
    const running = limiter.admit(null).run(first.run);
    const run = (network: string, name: string) => limiter.admit(network).run(() => Promise.resolve(order.push(name)));
    const waiting = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('c', 'c1'), run('b', 'b2')];
    first.end('done');
    await Promise.all([running, ...waiting]);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('throws SERVER_BUSY when no slot is free before the deadline, without starting the task', async () => {
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 2, deadlineMs: 20 });
    const [slow, late] = [work(), work()];
    const running = limiter.admit('a').run(slow.run);
    await expect(limiter.admit('b').run(late.run)).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    slow.end('done');
    await running;
    expect(late.begun).toBe(false);
    await expect(limiter.run(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });

  it('reports how long each task has waited, why it refuses, and how many wait', async () => {
    const waits: number[] = [];
    const refusals: string[] = [];
    const observer = {
      waited: (seconds: number) => waits.push(seconds),
      refused: (reason: string) => refusals.push(reason),
    };
    const limiter = createConcurrencyLimiter({ concurrency: 1, queue: 3, deadlineMs: 20, observer });
    const slow = work();
    const [first, second] = [limiter.admit('a'), limiter.admit('b')];
    const running = first.run(slow.run);
    const late = second.run(() => Promise.resolve());
    expect(limiter.waiting()).toBe(1);
    expect(() => [limiter.admit('a'), limiter.admit('a')]).toThrow('busy');
    limiter.admit(null);
    expect(() => limiter.admit(null)).toThrow('busy');
    await expect(late).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    expect(limiter.waiting()).toBe(0);
    slow.end('done');
    await running;
    first.leave();
    expect(refusals).toEqual(['network', 'full', 'deadline']);
    expect(waits).toEqual([0]);
  });
});
