import { PGlite } from '@electric-sql/pglite';

import { catalogQuery, type CatalogObject } from './catalog.js';
import type { Migration } from './migration-records.js';
import type { MigrationSession } from './migration-session.js';

/** `unknown` when a migration leaves no trace in the catalog, or one that the embedded database cannot show. */
export type MigrationEffect = 'present' | 'absent' | 'unknown';

/**
 * Whether a database has the objects that a migration makes and none that it removes. Those are found by applying the
 * migrations to an empty database in memory, which takes seconds, and only what differs before and after is compared: the
 * database may hold other objects.
 *
 * @param migrations this one and every one before it, in order
 */
export const findMigrationEffect = async (
  { query }: MigrationSession,
  migrations: readonly Migration[],
): Promise<MigrationEffect> => {
  const difference = await differenceOf(migrations);
  if (!difference || difference.made.length + difference.removed.length === 0) return 'unknown';
  const [place] = await query<{ schema: string }>('SELECT quote_ident(current_schema()) AS schema');
  const found = linesOf(await query<CatalogObject>(catalogQuery), place?.schema ?? 'public');
  const isPresent =
    difference.made.every((line) => found.has(line)) && !difference.removed.some((line) => found.has(line));
  return isPresent ? 'present' : 'absent';
};

interface Difference {
  readonly made: readonly string[];
  readonly removed: readonly string[];
}

const differenceOf = async (migrations: readonly Migration[]): Promise<Difference | undefined> => {
  const pglite = await PGlite.create();
  const read = async () => linesOf((await pglite.query<CatalogObject>(catalogQuery)).rows, 'public');
  try {
    let before = new Set<string>();
    for (const { sql } of migrations) {
      before = await read();
      await pglite.exec(sql);
    }
    const after = await read();
    return {
      made: [...after].filter((line) => !before.has(line)),
      removed: [...before].filter((line) => !after.has(line)),
    };
  } catch {
    // A migration may need an extension that only the server has.
    return undefined;
  } finally {
    await pglite.close();
  }
};

/** The source of an index or a trigger contains the name of its schema, which is not always `public`. */
const linesOf = (objects: readonly CatalogObject[], schema: string): Set<string> =>
  new Set(objects.map(({ name, source }) => `${name}: ${source.trim()}`.replaceAll(`${schema}.`, '')));
