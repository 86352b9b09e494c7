import { PGlite } from '@electric-sql/pglite';

import { catalogLines, catalogQuery, type CatalogObject } from './catalog.js';
import type { Migration } from './migration-records.js';
import type { MigrationSession } from './migration-session.js';

/** `unknown` when a migration does not change the catalog, or cannot be applied to an embedded database. */
export type MigrationEffect = 'present' | 'absent' | 'unknown';

/**
 * Finds out whether a database has the objects that a migration creates and none of those that it drops. These are
 * determined by applying the migrations to an empty database in memory, which takes seconds. Other objects are ignored.
 *
 * @param migrations the migration in question and all migrations before it, in order
 */
export const findMigrationEffect = async (
  { query }: MigrationSession,
  migrations: readonly Migration[],
): Promise<MigrationEffect> => {
  const difference = await differenceOf(migrations);
  if (!difference || difference.created.length + difference.dropped.length === 0) return 'unknown';
  const [current] = await query<{ schema: string }>('SELECT quote_ident(current_schema()) AS schema');
  const found = catalogLines(await query<CatalogObject>(catalogQuery), current?.schema ?? 'public');
  const isPresent =
    difference.created.every((line) => found.has(line)) && !difference.dropped.some((line) => found.has(line));
  return isPresent ? 'present' : 'absent';
};

interface Difference {
  readonly created: readonly string[];
  readonly dropped: readonly string[];
}

const differenceOf = async (migrations: readonly Migration[]): Promise<Difference | undefined> => {
  const pglite = await PGlite.create();
  const read = async () => catalogLines((await pglite.query<CatalogObject>(catalogQuery)).rows, 'public');
  try {
    let before = new Set<string>();
    for (const { sql } of migrations) {
      before = await read();
      await pglite.exec(sql);
    }
    const after = await read();
    return {
      created: [...after].filter((line) => !before.has(line)),
      dropped: [...before].filter((line) => !after.has(line)),
    };
  } catch {
    // A migration may need an extension that the embedded database does not have.
    return undefined;
  } finally {
    await pglite.close();
  }
};
