import type { TestDatabase } from './database.js';

/**
 * Moves every stored time of every table into the past, as if `seconds` had passed since. A column of the type `date` is moved by
 * whole days. Times inside JSON and inside ids stay as they are.
 */
export const moveRowsIntoPast = async ({ query }: Pick<TestDatabase, 'query'>, seconds: number): Promise<void> => {
  const tables = (await query(`
    SELECT table_name AS "table", array_agg(format('%1$I = %1$I - $1::interval', column_name)) AS moves
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'
      AND is_generated = 'NEVER'
      AND data_type IN ('timestamp with time zone', 'timestamp without time zone', 'date')
    GROUP BY table_name`)) as { table: string; moves: string[] }[];
  for (const { table, moves } of tables)
    await query(`UPDATE "${table}" SET ${moves.join(', ')}`, [`${seconds} seconds`]);
};
