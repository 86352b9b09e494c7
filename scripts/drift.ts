/**
 * `npm run drift` fails when prisma/schema, prisma/migrations and prisma/objects.sql do not say the same; `--write` writes
 * the last. With DATABASE_URL it also fails when that database is not what they say.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

import { missingSql, openMigrated } from './migration-diff.js';

/**
 * What a database is made of, by name and source, without what belongs to extensions. `seen` is what Prisma's diff compares;
 * it passes over triggers, functions, checks, exclusions, partial and expression indexes. Foreign keys written by hand, whose
 * names do not end in `_fkey`, we make it pass over.
 */
const objectsQuery = `
  WITH ours AS (
    SELECT oid, oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
  )
  SELECT kind || ' ' || name AS name, source, seen FROM (
    SELECT 'column' AS kind, t.name || '.' || a.attname AS name, true AS seen,
           concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                     pg_get_expr(d.adbin, d.adrelid)) AS source
      FROM pg_attribute a JOIN ours t ON t.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'enum', e.enumtypid::regtype::text, true, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid AND t.typnamespace = 'public'::regnamespace GROUP BY 2
    UNION ALL
    SELECT 'constraint', t.name || '.' || c.conname, c.contype IN ('p', 'u') OR (c.contype = 'f' AND c.conname LIKE '%\\_fkey'),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.name, c.conname, pg_get_constraintdef(c.oid))
      FROM pg_constraint c JOIN ours t ON t.oid = c.conrelid WHERE c.contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT 'index', i.indexrelid::regclass::text, i.indpred IS NULL AND i.indexprs IS NULL, pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN ours t ON t.oid = i.indrelid
    UNION ALL
    SELECT 'trigger', t.name || '.' || g.tgname, false, pg_get_triggerdef(g.oid)
      FROM pg_trigger g JOIN ours t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text, false, pg_get_functiondef(p.oid)
      FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  ) AS object
  ORDER BY 1`;

interface DatabaseObject {
  readonly name: string;
  readonly source: string;
  readonly seen: boolean;
}

const objectsFile = fileURLToPath(new URL('../prisma/objects.sql', import.meta.url));

const complaints: string[] = [];

const pglite = await openMigrated();
const missing = await missingSql(pglite);
const { rows: objects } = await pglite.query<DatabaseObject>(objectsQuery);
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
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows: live } = await client.query<DatabaseObject>(objectsQuery);
  await client.end();
  const lines = (all: readonly DatabaseObject[]): Set<string> =>
    new Set(all.map(({ name, source }) => `${name}: ${source.trim()}`));
  const [expected, found] = [lines(objects), lines(live)];
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
