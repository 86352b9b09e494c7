/** `npm run migration -- NAME` writes the difference between prisma/schema and the migrations to a new migration. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { migrationsFolder, readMigrations } from '../src/store/database/migrations.js';
import { missingSql, openMigrated } from './migration-diff.js';

const refuse = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || rest.length > 0 || !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
  refuse('Name the migration in small letters, digits and underscores, such as: npm run migration -- add_locale');
}

const pglite = await openMigrated();
const sql = await missingSql(pglite);
await pglite.close();
if (sql.trim() === '') refuse('Nothing to do: the migrations make what prisma/schema says.');

// UTC, like Prisma's names. Migrations are applied in the order of their names, so a new one must come last.
const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const directory = `${timestamp}_${String(name)}`;
const last = readMigrations().at(-1);
if (last && last.name >= directory)
  refuse(`${last.name} is dated in the future; the new migration would come before it.`);

mkdirSync(join(migrationsFolder, directory));
writeFileSync(join(migrationsFolder, directory, 'migration.sql'), sql);
console.log(`prisma/migrations/${directory}/migration.sql: read it, then run npm run generate.`);
