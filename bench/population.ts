import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import type { Role } from '../src/values/roles.js';
import { loadConfig } from '../src/config/config.js';
import { openCore, type Core } from '../src/server/core.js';
import { createEmptyPostgres } from '../test/support/database.js';
import type { Bench } from './bench.js';
import { noProof } from '../test/support/core.js';

export const PASSWORD = 'correct horse battery staple';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

/** A user with a session. */
export interface BenchUser extends Tokens {
  readonly id: string;
  readonly email: string;
}

/** A database for one benchmark, and its users. */
export interface Population {
  readonly databaseUrl: string;
  /** The flows, which run in this process. */
  readonly core: Core;
  /** The environment of every server that uses this database. */
  readonly env: NodeJS.ProcessEnv;
  /** Executes SQL on a separate connection. */
  readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  createUser(...roles: readonly Role[]): Promise<BenchUser>;
  /** Starts another session of a user. */
  login(email: string): Promise<Tokens>;
}

/** Creates a database, which is dropped when the benchmark ends, and opens the flows, which create users without HTTP. */
export const createPopulation = async (bench: Bench): Promise<Population> => {
  const { url: databaseUrl, drop } = await createEmptyPostgres(bench.postgresUrl);
  bench.onEnd(drop);
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(dataDir, { recursive: true, force: true }));

  const env: NodeJS.ProcessEnv = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    // All instances issue tokens for the same issuer.
    PUBLIC_URL: 'http://localhost:4000',
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64url')}`,
    // The duration of a password hash is not measured here.
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
  };
  const core = await openCore(loadConfig({ ...env, LOG_LEVEL: 'silent' }), { runJobs: false });
  bench.onEnd(() => core.close());
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  // A lost idle connection is replaced. Without a listener, the event would end the process.
  pool.on('error', () => undefined);
  bench.onEnd(() => pool.end());

  const login = async (email: string): Promise<Tokens & { id: string }> => {
    const client = { network: null, ranges: null, userAgent: null, language: null, requestId: 'bench' };
    const tokens = await core.auth.login.withPassword({ email, password: PASSWORD }, client, noProof);
    if ('failure' in tokens) throw new Error(`The login failed: ${tokens.failure}`);
    const { accessToken, refreshToken, session, user } = tokens;
    return { accessToken, refreshToken, sessionId: session.id, id: user.id };
  };
  let count = 0;
  return {
    databaseUrl,
    core,
    env,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    async createUser(...roles) {
      count += 1;
      const email = `user-${count}@example.com`;
      const account = { email, password: PASSWORD, name: null, roles, verified: true };
      const user = await core.auth.users.create(account, { kind: 'system' });
      if ('failure' in user) throw new Error(`The user could not be created: ${user.failure}`);
      return { email, ...(await login(email)) };
    },
    login,
  };
};
