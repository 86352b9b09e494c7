import { StoreUnusable } from '../errors.js';
import type { MigrationSession } from './migration-session.js';

const identifier = String.raw`(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))`;
const createdRelation = new RegExp(
  String.raw`\bCREATE\s+(?:UNIQUE\s+|MATERIALIZED\s+)?(?:TABLE|VIEW|INDEX|SEQUENCE|TYPE|DOMAIN)\s+(?!IF\b|ON\b|CONCURRENTLY\b)${identifier}`,
  'gi',
);
/** These constraints have an index of the same name. */
const createdConstraint = new RegExp(String.raw`\bCONSTRAINT\s+${identifier}\s+(?:PRIMARY|UNIQUE|EXCLUDE)`, 'gi');
const createdFunction = new RegExp(String.raw`\bCREATE\s+(?:FUNCTION|PROCEDURE)\s+${identifier}`, 'gi');
const renamed = new RegExp(String.raw`\bRENAME\s+(?:CONSTRAINT\s+\S+\s+)?TO\s+${identifier}`, 'gi');

/** The schema keeps types and everything that has rows or an order under one set of names, and functions under another. */
const foundQuery = `
  WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  SELECT relname AS name FROM pg_class, place WHERE relnamespace = place.oid AND relname = ANY ($1)
  UNION SELECT typname FROM pg_type, place WHERE typnamespace = place.oid AND typname = ANY ($1)
  UNION SELECT proname FROM pg_proc, place WHERE pronamespace = place.oid AND proname = ANY ($2)
  ORDER BY name`;

const NAMED = 3;

/**
 * Checks before the first migration that no object of another program has a name that a migration uses, also for a time only. A
 * later migration would fail otherwise, and leave the tables of the earlier ones among those of the other program.
 *
 * @param scripts the migrations of this release
 * @throws StoreUnusable with the first names
 */
export const assertNoNameCollision = async ({ query }: MigrationSession, scripts: readonly string[]): Promise<void> => {
  const relations = namesIn(scripts, [createdRelation, createdConstraint, renamed]);
  const functions = namesIn(scripts, [createdFunction, renamed]);
  const found = await query<{ name: string }>(foundQuery, [relations, functions]);
  if (found.length === 0) return;
  const names = found.slice(0, NAMED).map(({ name }) => name);
  const others = found.length > NAMED ? ` and ${found.length - NAMED} more` : '';
  throw new StoreUnusable(
    `The schema already contains ${names.join(', ')}${others}, which Gatehouse did not create but whose names it needs. ` +
      'Give Gatehouse a schema of its own, for example with `?schema=gatehouse` in DATABASE_URL, or another database.',
  );
};

const namesIn = (scripts: readonly string[], patterns: readonly RegExp[]): string[] => {
  const uncommented = scripts.map((sql) => sql.replaceAll(/--.*$/gm, ''));
  const names = uncommented.flatMap((sql) =>
    patterns.flatMap((pattern) =>
      [...sql.matchAll(pattern)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? (plain ?? '').toLowerCase(),
      ),
    ),
  );
  return [...new Set(names)];
};
