import { createPrincipalCache } from '../../../src/auth/access/principal-cache.js';
import type { Store } from '../../../src/store/store.js';
import type { Principal } from '../../../src/store/tables/sessions.js';
import type { Listener } from '../../../src/store/database/notices.js';

const principal: Principal = {
  userId: 'a-user',
  roles: ['USER'],
  confirmedGeneration: 1,
  secondsLeft: 3600,
  secondsSinceSeen: 0,
};

/** A cache over rows in memory. Its echoes return at once unless `echoes` is false. */
const start = async (rows: Record<string, Principal> = { session: principal }, echoes = true) => {
  let nowMs = 1_000_000;
  let listener: Listener | undefined;
  let generation = 1;
  const confirmed: unknown[] = [];
  const store = {
    sessions: {
      principal: (sessionId: string) => Promise.resolve(rows[sessionId]),
      confirm: (sessionId: string, presented: number) => {
        if (presented > generation) return Promise.resolve(false);
        confirmed.push([sessionId, presented]);
        return Promise.resolve(true);
      },
    },
    principalNotices: {
      subscribe: (subscriber: Listener) => {
        listener = subscriber;
        return Promise.resolve({ end: () => undefined });
      },
      publish: (payload: string) => {
        if (echoes) listener?.onNotice(payload);
        return Promise.resolve();
      },
    },
  } as unknown as Store;
  const cache = createPrincipalCache(store, () => nowMs);
  // The first request starts the listener.
  await cache.find('no session');
  const readsOf = async (sessionId: string) => {
    const before = cache.reads();
    await cache.find(sessionId);
    return cache.reads() - before;
  };
  return {
    cache,
    confirmed,
    readsOf,
    notify: (payload: string) => listener?.onNotice(payload),
    wait: (milliseconds: number) => (nowMs += milliseconds),
    rotate: () => (generation += 1),
  };
};

describe('the principal cache', () => {
  it('reads the row of a session once', async () => {
    const { cache, readsOf } = await start();
    expect(await cache.find('session')).toMatchObject({ userId: 'a-user', roles: ['USER'] });
    expect(await readsOf('session')).toBe(0);
    cache.close();
  });

  it('reads the row for each request while notices may be missing', async () => {
    const { cache, readsOf } = await start(undefined, false);
    expect([await readsOf('session'), await readsOf('session')]).toEqual([1, 1]);
    cache.close();
  });

  it('returns nothing for a session that does not exist or has ended, and does not cache that', async () => {
    const { cache, readsOf } = await start({ ended: { ...principal, secondsLeft: 0 } });
    expect([await cache.find('ended'), await cache.find('unknown')]).toEqual([undefined, undefined]);
    expect([await readsOf('ended'), await readsOf('unknown')]).toEqual([1, 1]);
    cache.close();
  });

  it('returns no cached principal after the end of its session', async () => {
    const { cache, readsOf, wait } = await start({ session: { ...principal, secondsLeft: 1 } });
    await cache.find('session');
    wait(999);
    expect(await readsOf('session')).toBe(0);
    wait(1);
    expect(await readsOf('session')).toBe(1);
    cache.close();
  });

  it('invalidates every session of the user in a notice, and of no other user', async () => {
    const rows = { one: principal, two: principal, other: { ...principal, userId: 'another-user' } };
    const { cache, readsOf, notify } = await start(rows);
    for (const sessionId of Object.keys(rows)) await cache.find(sessionId);
    notify('a-user');
    expect([await readsOf('one'), await readsOf('two'), await readsOf('other')]).toEqual([1, 1, 0]);
    cache.close();
  });

  it('invalidates every principal after a notice without a user', async () => {
    const { cache, readsOf, notify } = await start({ one: principal, other: { ...principal, userId: 'another-user' } });
    for (const sessionId of ['one', 'other']) await cache.find(sessionId);
    notify('');
    expect([await readsOf('one'), await readsOf('other')]).toEqual([1, 1]);
    cache.close();
  });
});

describe('recordUse', () => {
  const cachedPrincipal = async (cache: Awaited<ReturnType<typeof start>>['cache']) => {
    const found = await cache.find('session');
    if (!found) throw new Error('there is no principal');
    return found;
  };

  it('writes at most once a minute for one generation', async () => {
    const { cache, confirmed, wait } = await start();
    const found = await cachedPrincipal(cache);
    await cache.recordUse('session', 1, found);
    expect(confirmed).toEqual([]);
    wait(60_000);
    await cache.recordUse('session', 1, found);
    await cache.recordUse('session', 1, found);
    expect(confirmed).toEqual([['session', 1]]);
    cache.close();
  });

  it('writes a new generation at once, and only once', async () => {
    const { cache, confirmed, rotate } = await start();
    const found = await cachedPrincipal(cache);
    rotate();
    await cache.recordUse('session', 2, found);
    await cache.recordUse('session', 2, found);
    expect(confirmed).toEqual([['session', 2]]);
    cache.close();
  });

  it('does not count a generation as confirmed that the row has not reached', async () => {
    const { cache, confirmed } = await start();
    const found = await cachedPrincipal(cache);
    await cache.recordUse('session', 2, found);
    expect(confirmed).toEqual([]);
    expect(found.confirmedGeneration).toBe(1);
    cache.close();
  });
});
