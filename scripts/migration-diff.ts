import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';

import { connectEmbedded } from '../src/store/database/client.js';
import { migrate, migrationsFolder } from '../src/store/database/migrations.js';
import { noFilter, openSchemaEngine } from './schema-engine.js';

const schemaFolder = fileURLToPath(new URL('../prisma/schema', import.meta.url));

/** Opens an empty database in memory with every migration applied; no server and no shadow database is needed. */
export const openMigrated = async (): Promise<PGlite> => {
  const pglite = await PGlite.create();
  await migrate(await connectEmbedded(pglite, () => pglite.close()), { migrate: 'auto' }, migrationsFolder);
  return pglite;
};

/** The SQL that is missing from a database to have the tables of prisma/schema; empty when it has them. */
export const missingSql = async (migrated: PGlite): Promise<string> => {
  const engine = await openSchemaEngine(new PrismaPGlite(migrated));
  try {
    const files = readdirSync(schemaFolder)
      .filter((name) => name.endsWith('.prisma'))
      .sort()
      .map((name) => ({ path: join(schemaFolder, name), content: readFileSync(join(schemaFolder, name), 'utf8') }));
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: schemaFolder },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: noFilter,
    });
    return exitCode === 0 ? '' : withoutHandWritten(stdout ?? '');
  } finally {
    engine.free();
  }
};

/**
 * Prisma would drop every foreign key that no relation in the schema stands for. Those of an application's tables to ours
 * are written by hand; Prisma's own names end in `_fkey`, so theirs do not.
 */
const withoutHandWritten = (script: string): string =>
  script.replaceAll(/-- DropForeignKey\nALTER TABLE \S+ DROP CONSTRAINT "(?![^"]*_fkey")[^"]+";\n*/g, '');
