import { StoreUnusable } from '../errors.js';
import { connectionFailure } from './connection-failure.js';
import type { Pool } from './pool.js';
import type { PostgresSource } from './postgres-source.js';

interface DatabaseState {
  readonly version: number;
  readonly encoding: string;
  readonly searchPath: string;
  readonly schema: string | null;
  /** Whether the schema that the URL names exists. */
  readonly isCreated: boolean;
}

const stateQuery = `
  SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
         current_setting('search_path') AS "searchPath", current_schema() AS schema,
         EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS "isCreated"`;

const MIN_VERSION = 15;

/**
 * Opens the first connection, and checks that Gatehouse can use the database.
 *
 * @throws StoreUnavailable when the connection fails; the message names the variable and the reason
 * @throws StoreUnusable when an operator has to act
 */
export const inspectPostgres = async (pool: Pool, source: PostgresSource): Promise<void> => {
  const state = await readState(pool, source);
  const { variable } = source;
  if (state.version < MIN_VERSION * 10_000) {
    throw new StoreUnusable(
      `The database is PostgreSQL ${Math.floor(state.version / 10_000)}, but Gatehouse needs ${MIN_VERSION} or newer. Upgrade the database.`,
    );
  }
  if (state.encoding !== 'UTF8') {
    throw new StoreUnusable(
      `The database has the encoding ${state.encoding}, which lacks characters of names and addresses. Set ${variable} to a database that was created with ENCODING 'UTF8'.`,
    );
  }
  if (source.searchPath !== undefined && source.searchPath !== state.searchPath) {
    throw new StoreUnusable(
      `${variable} leads to a pooler that ignores \`schema\` and \`options\`. Remove them, and set the search path of the role: ALTER ROLE … SET search_path.`,
    );
  }
  if (state.schema === null && (source.schema === undefined || state.isCreated)) {
    throw new StoreUnusable(
      `The search path of ${variable} contains no schema that the database user may use. Create the schema, or grant the user USAGE on it.`,
    );
  }
};

const readState = async (pool: Pool, source: PostgresSource): Promise<DatabaseState> => {
  try {
    const { rows } = await pool.query<DatabaseState>(stateQuery, [source.schema ?? null]);
    if (rows[0]) return rows[0];
  } catch (error) {
    throw connectionFailure(source, error);
  }
  throw new Error('The database did not return its version.');
};

/** The privileges that Gatehouse needs on its own tables, and which of them are missing. */
const privilegesQuery = `
  SELECT string_agg(DISTINCT privilege, ', ') AS missing
  FROM pg_class AS c CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
  WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND c.relkind IN ('r', 'p') AND (c.relname = 'user' OR starts_with(c.relname, 'auth_'))
    AND NOT has_table_privilege(c.oid, privilege)`;

/** @throws StoreUnusable when the database user lacks a privilege on a table of ours */
export const assertPrivileges = async (pool: Pool): Promise<void> => {
  const { rows } = await pool.query<{ missing: string | null }>(privilegesQuery);
  const missing = rows[0]?.missing;
  if (typeof missing === 'string') {
    throw new StoreUnusable(
      `The user of DATABASE_URL lacks ${missing} on tables of Gatehouse. Grant it SELECT, INSERT, UPDATE and DELETE on all tables of the schema.`,
    );
  }
};
