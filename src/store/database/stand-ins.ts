import type { MigrationSession } from './migration-session.js';

/** The function that the migration `auth_names` creates together with the stand-ins, and that each of their views calls. */
export const STAND_IN_FUNCTION = 'auth_stop_previous_release';

/**
 * Drops the views and domains under the names that tables and enums had before the migration `auth_names`. They tell
 * instances of the previous release to stop. They are dropped before the next migration, because that migration may be the
 * application's and create a table of such a name, and because a view would prevent changes to the table behind it.
 */
export const dropStandIns = async ({ query, execute }: MigrationSession): Promise<void> => {
  const [found] = await query<{ exists: boolean }>(`SELECT to_regproc('${STAND_IN_FUNCTION}') IS NOT NULL AS exists`);
  if (found?.exists !== true) return;
  await execute(`
    DROP FUNCTION ${STAND_IN_FUNCTION}() CASCADE;
    DROP DOMAIN "UserOrigin", "SigningKeyPurpose", "OneTimeTokenPurpose"`);
};
