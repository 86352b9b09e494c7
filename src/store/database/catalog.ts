import { STAND_IN_FUNCTION } from './stand-ins.js';

/** An object of the database schema: a column, enum, constraint, index, trigger or function. */
export interface CatalogObject {
  readonly name: string;
  readonly source: string;
  /** Whether Prisma's diff compares it. */
  readonly seen: boolean;
}

/**
 * Lists the objects of the current schema, without those of extensions and without the stand-ins for old names. `seen` is
 * true for objects that Prisma's diff compares. It ignores triggers, functions, checks, exclusions, partial and expression
 * indexes, and whether nulls are distinct in an index. Our wrapper also makes it ignore foreign keys that are written by
 * hand, whose names do not end in `_fkey`.
 */
export const catalogQuery = `
  WITH ours AS (
    SELECT oid, oid::regclass AS name FROM pg_class
    WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
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
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid AND t.typnamespace = quote_ident(current_schema())::regnamespace GROUP BY 2
    UNION ALL
    SELECT 'constraint', t.name || '.' || c.conname, c.contype IN ('p', 'u') OR (c.contype = 'f' AND c.conname LIKE '%\\_fkey'),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.name, c.conname, pg_get_constraintdef(c.oid))
      FROM pg_constraint c JOIN ours t ON t.oid = c.conrelid WHERE c.contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT 'index', i.indexrelid::regclass::text, i.indpred IS NULL AND i.indexprs IS NULL AND NOT i.indnullsnotdistinct, pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN ours t ON t.oid = i.indrelid
    UNION ALL
    SELECT 'trigger', t.name || '.' || g.tgname, false, pg_get_triggerdef(g.oid)
      FROM pg_trigger g JOIN ours t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text, false, pg_get_functiondef(p.oid)
      FROM pg_proc p
      WHERE p.pronamespace = quote_ident(current_schema())::regnamespace AND p.prokind IN ('f', 'p')
        AND p.proname <> '${STAND_IN_FUNCTION}'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  ) AS object
  ORDER BY 1`;

/** Describes objects independently of their schema, whose name is in the source of an index, a trigger or a function. */
export const catalogLines = (objects: readonly CatalogObject[], quotedSchema: string): Set<string> =>
  new Set(
    objects.map(({ name, source }) => {
      const [before, after] = [` ON ${quotedSchema}.`, `FUNCTION ${quotedSchema}.`];
      return `${name}: ${source.trim().replace(before, ' ON ').replace(after, 'FUNCTION ')}`;
    }),
  );
