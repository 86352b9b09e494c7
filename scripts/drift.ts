/**
 * `npm run drift` fails when prisma/schema, prisma/migrations and prisma/objects.sql disagree; `--write` updates the last.
 * With DATABASE_URL, it also fails when that database differs from them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { catalogLines, catalogQuery, type CatalogObject } from '../src/store/database/catalog.js';
import { PostgresClient } from '../src/store/database/postgres-client.js';
import { readPostgresSource } from '../src/store/database/postgres-source.js';
import { missingSql, openMigrated } from './migration-diff.js';

const objectsFile = fileURLToPath(new URL('../prisma/objects.sql', import.meta.url));

const complaints: string[] = [];

const pglite = await openMigrated();
const missing = await missingSql(pglite);
const { rows: objects } = await pglite.query<CatalogObject>(catalogQuery);
await pglite.close();
if (missing.trim() !== '') {
  complaints.push(`prisma/migrations lack what prisma/schema says (npm run migration -- NAME):\n\n${missing}`);
}

const listing = [
  '-- What the migrations make and prisma/schema cannot say. Written by `npm run drift -- --write`.\n',
  ...objects.filter(({ seen }) => !seen).map(({ name, source }) => `-- ${name}\n${source.trim()};\n`),
].join('\n');
if (process.argv.includes('--write')) writeFileSync(objectsFile, listing);
if (!existsSync(objectsFile) || readFileSync(objectsFile, 'utf8') !== listing) {
  complaints.push(`prisma/objects.sql is not what prisma/migrations make (npm run drift -- --write):\n\n${listing}`);
}

const { DATABASE_URL: databaseUrl = '' } = process.env;
if (databaseUrl !== '') {
  const client = new PostgresClient(readPostgresSource('DATABASE_URL', databaseUrl));
  await client.connect();
  const { rows: live } = await client.query<CatalogObject>(catalogQuery);
  const { rows } = await client.query<{ schema: string }>('SELECT quote_ident(current_schema()) AS schema');
  await client.end();
  const [expected, found] = [catalogLines(objects, 'public'), catalogLines(live, rows[0]?.schema ?? '')];
  const differences = [
    ...[...expected].filter((line) => !found.has(line)).map((line) => `- ${line}`),
    ...[...found].filter((line) => !expected.has(line)).map((line) => `+ ${line}`),
  ];
  if (differences.length > 0) complaints.push(`The database of DATABASE_URL differs:\n\n${differences.join('\n')}`);
}

if (complaints.length > 0) {
  console.error(complaints.join('\n\n'));
  process.exit(1);
}
