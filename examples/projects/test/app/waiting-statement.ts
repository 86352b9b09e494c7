import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

const WAITING = `
  SELECT 1 FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND query LIKE '%"project"%' AND state = 'active'`;

/**
 * Waits until a statement on projects waits for a lock. The embedded database has one connection: what begins during a transaction
 * waits for its end in any case.
 */
export const untilStatementWaits = async (): Promise<void> => {
  const connectionString = process.env['TEST_DATABASE_URL'];
  if (connectionString === undefined) return;
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    while ((await client.query(WAITING)).rows.length === 0) await delay(5);
  } finally {
    await client.end();
  }
};
