import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import type { TestApp } from './app.js';

/** A lock of somebody else in front of the record: transactions stop before they write an event, and keep their locks. */
export interface Gate {
  /** Waits until so many statements wait for a lock, or so many of `answers` have come; the sum counts. */
  waiting(count: number, answers?: readonly Promise<unknown>[]): Promise<void>;
  open(): Promise<void>;
}

/** Closes the gate before the events of an app on PostgreSQL. */
export const closeGate = async ({ database }: TestApp): Promise<Gate> => {
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE auth_security_event IN SHARE MODE');
  const waiters = async () => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.count ?? 0;
  };
  return {
    async waiting(count, answers = []) {
      let answered = 0;
      for (const answer of answers) void answer.finally(() => (answered += 1));
      // The statistics of other sessions are seen as they were when the transaction first asked.
      for (;;) {
        await client.query('SELECT pg_stat_clear_snapshot()');
        if ((await waiters()) + answered >= count) return;
        await delay(5);
      }
    },
    async open() {
      await client.query('COMMIT');
      await client.end();
    },
  };
};
