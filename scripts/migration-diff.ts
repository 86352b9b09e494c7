import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';

import { connectEmbedded } from '../src/store/database/client.js';
import { applyPendingMigrations, migrationsFolder } from '../src/store/database/migrations.js';
import { composeSchema, UnusableModels } from './compose-schema.mjs';
import { noFilter, openSchemaEngine } from './schema-engine.js';

const schemaFolder = fileURLToPath(new URL('../prisma/composed', import.meta.url));

/** Opens a database in memory and applies every migration, so that neither a server nor a shadow database is needed. */
export const openMigrated = async (): Promise<PGlite> => {
  const pglite = await PGlite.create();
  await applyPendingMigrations(
    await connectEmbedded(pglite, () => pglite.close()),
    { migrate: 'auto' },
    migrationsFolder,
  );
  return pglite;
};

/** Returns the SQL that brings a database to the state of prisma/schema; empty when there is no difference. */
export const missingSql = async (migrated: PGlite): Promise<string> => {
  composeOrExit();
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
    return exitCode === 0 ? '' : (stdout ?? '');
  } finally {
    engine.free();
  }
};

/** A problem in app.prisma is for its author, to whom a stack says nothing. */
const composeOrExit = (): void => {
  try {
    composeSchema();
  } catch (error) {
    if (!(error instanceof UnusableModels)) throw error;
    console.error(error.message);
    process.exit(1);
  }
};
