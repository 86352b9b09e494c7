import type { Prisma } from '../generated/client.js';

/** The Prisma client of the functions of a table: the global one, or that of a transaction. */
export type Database = Prisma.TransactionClient;
