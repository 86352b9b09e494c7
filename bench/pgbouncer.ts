import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { freePort } from '../test/support/program.js';
import type { Bench } from './bench.js';
import { waitUntil } from './load-generator.js';

/** The path in Debian's package. */
const PROGRAM = '/usr/sbin/pgbouncer';
const READY_MS = 10_000;
const OUTPUT_LENGTH = 2000;

export const hasPgBouncer = (): boolean => existsSync(PROGRAM);

/** A parameter of a connection string, which PgBouncer does not accept when it is empty. */
const parameter = (name: string, value: string): string =>
  value === '' ? '' : `${name}='${decodeURIComponent(value).replaceAll("'", "''")}'`;

/**
 * Starts PgBouncer in transaction mode and returns the URL of the database through it.
 *
 * @param setting a line of its configuration
 */
export const startPgBouncer = async (
  bench: Pick<Bench, 'onEnd'>,
  databaseUrl: string,
  setting = '',
): Promise<string> => {
  const url = new URL(databaseUrl);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-pgbouncer-'));
  bench.onEnd(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
* = host=${url.hostname} port=${url.port || '5432'} ${parameter('user', url.username)} ${parameter('password', url.password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
${setting}
${process.getuid?.() === 0 ? 'user = nobody' : ''}
`,
    { mode: 0o600 },
  );
  const pgbouncer = spawn(PROGRAM, [file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  pgbouncer.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_LENGTH)));
  const ended = once(pgbouncer, 'close');
  bench.onEnd(() => {
    pgbouncer.kill('SIGKILL');
    return ended;
  });

  url.hostname = '127.0.0.1';
  url.port = port;
  const isReady = async () => {
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  };
  if (!(await waitUntil(isReady, READY_MS))) throw new Error(`PgBouncer did not start. Its output:\n${output}`);
  return url.href;
};
