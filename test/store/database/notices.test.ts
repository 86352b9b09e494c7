import { subscribePostgres } from '../../../src/store/database/notices.js';
import { readPostgresSource } from '../../../src/store/database/postgres-source.js';
import type { Connection } from '../../../src/store/database/client.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

const notify = (channel: string, payload: string) => database.query('SELECT pg_notify($1, $2)', [channel, payload]);

/** Subscribes, and collects payloads until one of them is `end`. */
const collect = async () => {
  const payloads: string[] = [];
  let resolveEnd: () => void;
  const ended = new Promise<void>((resolve) => (resolveEnd = resolve));
  const subscription = await connection.subscribe({
    onNotice: (payload) => {
      payloads.push(payload);
      if (payload === 'end') resolveEnd();
    },
    onLost: () => payloads.push('lost'),
  });
  return { payloads, ended, subscription };
};

describe('a subscription', () => {
  it('receives the notices of its channel in the order of their commits, and no others', async () => {
    const { payloads, ended, subscription } = await collect();
    await notify('principal_changed', 'first');
    await notify('another_channel', 'unrelated');
    await notify('principal_changed', '');
    await notify('principal_changed', 'end');
    await ended;
    expect(payloads).toEqual(['first', '', 'end']);
    subscription.end();
  });

  it('receives nothing after its end', async () => {
    const { payloads, subscription } = await collect();
    const other = await collect();
    subscription.end();
    await notify('principal_changed', 'end');
    await other.ended;
    expect(payloads.filter((payload) => payload !== 'lost')).toEqual([]);
    other.subscription.end();
  });

  if (postgresUrl !== undefined) {
    it('reports that its connection was lost', async () => {
      const lost = new Promise<void>((resolve) => {
        void connection.subscribe({ onNotice: () => undefined, onLost: resolve }).then(() =>
          database.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'LISTEN %'`,
          ),
        );
      });
      await expect(lost).resolves.toBeUndefined();
    });

    it('fails within its deadline when the database does not respond', async () => {
      const url = new URL(database.url ?? '');
      const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
      proxy.blackHole();
      url.host = `127.0.0.1:${proxy.port}`;
      const listener = { onNotice: () => undefined, onLost: () => undefined };
      const place = () => Promise.resolve({ database: 'none', schema: 'none' });
      const subscribing = subscribePostgres(readPostgresSource('DATABASE_DIRECT_URL', url.href), place, listener);
      await expect(subscribing).rejects.toThrow(
        'DATABASE_DIRECT_URL names a host and a port that do not respond in time.',
      );
      proxy.close();
    });
  }
});
