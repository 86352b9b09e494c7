import pg from 'pg';

import type { Migration } from './migration-records.js';
import type { MigrationSession } from './migration-session.js';

/** The function that the migration `auth_names` creates together with the stand-ins, and that each of their views calls. */
export const STAND_IN_FUNCTION = 'auth_stop_previous_release';

/**
 * Runs the script of a migration, and decides whether the stand-ins remain: the views and domains under the names that tables
 * and enums had before the migration `auth_names`. They tell instances of the previous release to stop.
 *
 * They remain while the migrations are applied that were pending together with `auth_names`, also if another start continues
 * after an interruption: the previous release may still be running. Every other migration is run without them. Either kind may
 * be the application's and create a table of such a name, or change a table behind a view. Therefore a script that fails
 * while they exist is run again without them.
 *
 * @param later the names of the migrations that are pending after this one
 * @throws Error of the database
 */
export const executeWithStandIns = async (
  session: MigrationSession,
  { name, sql }: Migration,
  later: readonly string[],
): Promise<void> => {
  const found = await readStandIns(session);
  if (found?.keptBy.includes(name) === true) {
    await executeOrDrop(session, sql);
    return;
  }
  if (found) await dropStandIns(session);
  await session.execute(sql);
  if (await readStandIns(session)) await keepStandIns(session, later);
};

interface StandIns {
  /** The names of the migrations that leave them in place. */
  readonly keptBy: readonly string[];
}

/** The names are in the comment of the function, so that they are dropped with it. */
const readStandIns = async ({ query }: MigrationSession): Promise<StandIns | undefined> => {
  const [found] = await query<{ comment: string | null }>(
    `SELECT obj_description(oid, 'pg_proc') AS comment FROM pg_proc WHERE proname = '${STAND_IN_FUNCTION}' AND pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
  );
  return found && { keptBy: found.comment === null ? [] : (JSON.parse(found.comment) as string[]) };
};

const keepStandIns = ({ execute }: MigrationSession, names: readonly string[]): Promise<void> =>
  execute(`COMMENT ON FUNCTION ${STAND_IN_FUNCTION}() IS ${pg.escapeLiteral(JSON.stringify(names))}`);

const dropStandIns = ({ execute }: MigrationSession): Promise<void> =>
  execute(`
    DROP FUNCTION ${STAND_IN_FUNCTION}() CASCADE;
    DROP DOMAIN "UserOrigin", "SigningKeyPurpose", "OneTimeTokenPurpose"`);

const executeOrDrop = async (session: MigrationSession, sql: string): Promise<void> => {
  await session.query('SAVEPOINT with_stand_ins');
  try {
    await session.execute(sql);
  } catch (error) {
    // After a lost connection, the cause is reported and not that this statement failed too.
    await session.query('ROLLBACK TO SAVEPOINT with_stand_ins').catch(() => {
      throw error;
    });
    await dropStandIns(session);
    await session.execute(sql);
  }
};
