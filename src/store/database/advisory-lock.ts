import { Prisma } from '../generated/client.js';

/**
 * Returns the text from which the key of an advisory lock is computed. Such locks belong to the whole database, and deployments in
 * two schemas of one database must not wait for each other. In `public` the text is the bare name, as in earlier releases, which
 * may run beside this one.
 */
export const lockName = (name: string): Prisma.Sql =>
  Prisma.sql`(${name}::text || CASE current_schema() WHEN 'public' THEN '' ELSE ' in ' || current_schema() END)`;
