import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';

import { createCounters } from '../../src/auth/rate-limits/counters.js';
import { StoreUnavailable } from '../../src/store/errors.js';
import type { Budget, RateLimitCounters } from '../../src/store/rate-limit-counters.js';
import { openRedisCounters, type RedisCounters } from '../../src/store/redis-counters.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { untilMs } from '../support/patience.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const redisUrl = process.env['TEST_REDIS_URL'];

let database: TestDatabase;
let store: Store;
let redis: RedisCounters | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
  if (redisUrl !== undefined) redis = await openRedisCounters(redisUrl, () => undefined);
});

afterAll(async () => {
  redis?.close();
  await store.close();
  await database.drop();
});

const budget = (limit: number, more: Partial<Budget> = {}): Budget => ({
  key: `test:${randomUUID()}`,
  limit,
  windowSeconds: 600,
  ...more,
});

const backends: [name: string, counters: () => RateLimitCounters][] = [['the database', () => store.rateLimits]];
if (redisUrl !== undefined)
  backends.push([
    'Redis',
    () => {
      if (!redis) throw new Error('Redis is not open');
      return redis;
    },
  ]);

describe.each(backends)('counters in %s', (_name, countersNow) => {
  const take = (...budgets: Budget[]) => countersNow().take(budgets);
  const taken = undefined;

  it('allow as many units in a window as the limit, and then state the seconds until it ends', async () => {
    const two = budget(2);
    expect([await take(two), await take(two)]).toEqual([taken, taken]);
    const refused = await take(two);
    expect(refused).toMatchObject({ index: 0 });
    expect(refused?.retryAfterSeconds).toBeGreaterThan(590);
    expect(refused?.retryAfterSeconds).toBeLessThanOrEqual(600);
  });

  it('count exactly under 500 parallel takes', async () => {
    const [wide, narrow] = [budget(300), budget(137)];
    const results = await Promise.all(Array.from({ length: 500 }, () => take(wide, narrow)));
    expect(results.filter((result) => result === taken)).toHaveLength(137);
    const rest = await Promise.all(Array.from({ length: 200 }, () => take(wide)));
    expect(rest.filter((result) => result === taken)).toHaveLength(300 - 137);
  });

  it('take of every budget or of none', async () => {
    const [open, exhausted] = [budget(1), budget(1)];
    await take(exhausted);
    expect(await take(open, exhausted)).toMatchObject({ index: 1 });
    expect(await take(open)).toBe(taken);
  });

  it('take nothing of a budget behind one that is exhausted', async () => {
    const [exhausted, behind] = [budget(1), budget(1)];
    await take(exhausted);
    expect(await take(exhausted, behind)).toMatchObject({ index: 0 });
    expect(await take(behind)).toBe(taken);
  });

  it('can be given back, once for each unit and never below zero', async () => {
    const one = budget(1);
    await countersNow().giveBack([one]);
    expect(await take(one)).toBe(taken);
    await countersNow().giveBack([one]);
    expect(await take(one)).toBe(taken);
    expect(await take(one)).toMatchObject({ index: 0 });
  });

  it('delay each unit from a number on, twice as long each time, and state the delay', async () => {
    const delayed = budget(10, { delayFrom: 2 });
    expect([await take(delayed), await take(delayed)]).toEqual([taken, taken]);
    expect(await take(delayed)).toEqual({ index: 0, retryAfterSeconds: 1 });
    await new Promise((passed) => setTimeout(passed, 1_050));
    expect(await take(delayed)).toBe(taken);
    expect(await take(delayed)).toEqual({ index: 0, retryAfterSeconds: 2 });
    expect(await countersNow().waitSeconds(delayed)).toBe(2);
  });

  it('delay nothing once the unit is given back', async () => {
    const delayed = budget(10, { delayFrom: 1 });
    await take(delayed);
    expect(await countersNow().waitSeconds(delayed)).toBe(1);
    await countersNow().giveBack([delayed]);
    expect(await countersNow().waitSeconds(delayed)).toBe(0);
    expect(await take(delayed)).toBe(taken);
  });

  it('begin a new window when the old one has ended', async () => {
    const short = budget(1, { windowSeconds: 1 });
    await take(short);
    expect(await take(short)).toEqual({ index: 0, retryAfterSeconds: 1 });
    await new Promise((passed) => setTimeout(passed, 1_050));
    expect(await take(short)).toBe(taken);
  });

  it('are reset for one account, and for no other', async () => {
    const [accountKey, otherKey] = [randomUUID(), randomUUID()];
    const [first, second] = [budget(1, { accountKey }), budget(1, { accountKey })];
    const other = budget(1, { accountKey: otherKey });
    await take(first, second);
    await take(other);
    await countersNow().resetAccount(accountKey);
    expect(await take(first, second)).toBe(taken);
    expect(await take(other)).toMatchObject({ index: 0 });
  });
});

describe('an attempt', () => {
  it('is not given back while the counters are unavailable, and its work has succeeded nevertheless', async () => {
    const unavailable = () => Promise.reject(new StoreUnavailable('no connection'));
    const counters = createCounters({ ...store.rateLimits, giveBack: unavailable });
    const attempt = await counters.take([budget(1)]);
    if (!('giveBack' in attempt)) throw new Error('exhausted');
    await expect(attempt.giveBack()).resolves.toBeUndefined();
  });
});

describe('counters while Redis is unavailable', () => {
  if (redisUrl !== undefined)
    it('report a refused login without the password of REDIS_URL', async () => {
      const failures: unknown[] = [];
      const url = new URL(redisUrl);
      url.username = 'nobody';
      url.password = 'canary-secret';
      const refused = await openRedisCounters(url.href, (error) => failures.push(error));
      try {
        await expect(refused.take([budget(1)])).rejects.toThrow();
        expect(inspect(failures, { depth: null })).toMatch(/WRONGPASS/);
        expect(inspect(failures, { depth: null, showHidden: true })).not.toContain('canary-secret');
      } finally {
        refused.close();
      }
    });

  if (redisUrl !== undefined)
    it('get no command a second time when the connection is back: its unit may have been taken', async () => {
      const { hostname: host, port } = new URL(redisUrl);
      const proxy = await startTcpProxy({ host, port: Number(port || 6379) });
      const counters = await openRedisCounters(`redis://127.0.0.1:${proxy.port}`, () => undefined);
      try {
        const two = budget(2);
        void proxy.resetAt(two.key, 'after');
        await expect(counters.take([two])).rejects.toThrow();
        const isBack = () =>
          counters.waitSeconds(two).then(
            () => true,
            () => false,
          );
        await untilMs(isBack);
        expect(await counters.take([two])).toBeUndefined();
        expect(await counters.take([two])).toMatchObject({ index: 0 });
      } finally {
        counters.close();
        proxy.close();
      }
    });

  if (redisUrl !== undefined)
    it('wait once for a Redis server that does not answer, and not again until it does', async () => {
      const { hostname: host, port } = new URL(redisUrl);
      const proxy = await startTcpProxy({ host, port: Number(port || 6379) });
      const counters = await openRedisCounters(`redis://127.0.0.1:${proxy.port}`, () => undefined);
      const messageOf = () => counters.take([budget(1)]).catch((error: unknown) => (error as Error).message);
      try {
        proxy.blackHole();
        expect(await messageOf()).toBe('Command timed out');
        expect(await messageOf()).toMatch(/writeable/);
        proxy.restore();
        await untilMs(async () => (await messageOf()) === undefined);
      } finally {
        counters.close();
        proxy.close();
      }
    });

  it('are those of the database, and the failure is reported', async () => {
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => failures.push(error);
    const closed = await openRedisCounters('redis://127.0.0.1:1', onFailure);
    try {
      const counters = createCounters(store.rateLimits, closed, { onFailure, onSuccess: () => undefined });
      const one = budget(1);
      const attempt = await counters.take([one]);
      expect(await counters.take([one])).toMatchObject({ index: 0 });
      expect(failures.length).toBeGreaterThan(0);
      if ('giveBack' in attempt) await attempt.giveBack();
      expect(await store.rateLimits.take([one])).toBeUndefined();
    } finally {
      closed.close();
    }
  });

  it('are those of Redis again after its first success, which is reported', async () => {
    const reports: string[] = [];
    let isAvailable = false;
    const recovering: RateLimitCounters = {
      ...store.rateLimits,
      take: (budgets) =>
        isAvailable ? store.rateLimits.take(budgets) : Promise.reject(new Error('Command timed out')),
    };
    const counters = createCounters(store.rateLimits, recovering, {
      onFailure: () => reports.push('failure'),
      onSuccess: () => reports.push('success'),
    });
    await counters.take([budget(1)]);
    isAvailable = true;
    await counters.take([budget(1)]);
    expect(reports).toEqual(['failure', 'success']);
  });
});
