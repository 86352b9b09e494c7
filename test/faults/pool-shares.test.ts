import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { createPoolShares } from '../../src/store/database/pool-shares.js';
import { bearer, PASSWORD, startApp, type Answer, type TestApp, type TestUser } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import { ExportMyDataDocument, MeDocument, RefreshSessionDocument } from '../support/generated/operations.js';

const [some, others] = [{}, {}];
const allServed = { me: 200, refreshed: 'RefreshSessionSuccess', ready: 200 };

describe('the shares of a pool', () => {
  it.each([
    [1, 1],
    [2, 1],
    [5, 4],
    [10, 8],
    [20, 16],
  ])('of %d connections leave one kind %d', async (max, most) => {
    const shares = createPoolShares(max);
    for (let held = 0; held < most; held += 1) await shares.take(some, 60_000);
    await expect(shares.take(some, 1)).rejects.toThrow('timeout exceeded');
    await expect(shares.take(others, 60_000)).resolves.toBeUndefined();
  });

  it('pass a connection to the one that has waited longest', async () => {
    const shares = createPoolShares(2);
    await shares.take(some, 60_000);
    const order: number[] = [];
    const waiting = [1, 2].map((number) => shares.take(some, 60_000).then(() => order.push(number)));
    shares.free(some);
    await waiting[0];
    shares.free(some);
    await waiting[1];
    expect(order).toEqual([1, 2]);
    shares.free(some);
    await expect(shares.take(some, 60_000)).resolves.toBeUndefined();
  });
});

if (postgresUrl !== undefined) {
  describe('G2: requests that all wait for a lock', () => {
    const REQUESTS = 30;
    let app: TestApp;

    beforeAll(async () => {
      app = await startApp({ HASH_QUEUE: '200' }, { hasDeadlines: false });
    });

    afterAll(async () => {
      await app.close();
    });

    /** Locks the sessions of a user, sends requests until so many of their statements wait, and then requests of another user. */
    const serveWhileLocked = async (
      { id }: TestUser,
      waiting: number,
      send: () => Promise<Answer<unknown>>,
    ): Promise<unknown> => {
      const other = await app.newcomer();
      const holder = new pg.Client(app.database.url);
      await holder.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT FROM auth_session WHERE user_id = $1 FOR UPDATE', [id]);
      const requests = Array.from({ length: REQUESTS }, send);
      const locked = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      while ((await app.database.query(locked)).length < waiting) await delay(5);

      const login = await app.login(other);
      const me = await app.send(MeDocument, {}, bearer(login.accessToken));
      const refreshed = await app.send(RefreshSessionDocument, { input: { refreshToken: login.refreshToken ?? '' } });
      const ready = await fetch(`${app.url}/readyz`);
      const served = {
        me: me.status,
        refreshed: refreshed.data?.refreshSession.__typename,
        ready: ready.status,
        waiting: (await app.database.query(locked)).length,
      };
      await holder.query('COMMIT');
      await holder.end();
      await Promise.all(requests);
      return served;
    };

    it('leave connections for logins, refreshes, `me` and `/readyz`, if they are exports', async () => {
      const user = await app.newcomer();
      const headers = bearer(user.tokens.accessToken);
      await app.send(MeDocument, {}, headers);
      const exportData = () => app.send(ExportMyDataDocument, { input: { password: PASSWORD } }, headers);
      expect(await serveWhileLocked(user, 8, exportData)).toEqual({ ...allServed, waiting: 8 });
    });

    it('hold one connection, if they use a session for the first time', async () => {
      const user = await app.newcomer();
      const me = () => app.send(MeDocument, {}, bearer(user.tokens.accessToken));
      expect(await serveWhileLocked(user, 1, me)).toEqual({ ...allServed, waiting: 1 });
    });
  });
}
