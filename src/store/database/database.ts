import type { Prisma } from '../generated/client.js';

/** The Prisma client that the functions of a table use: the global one, or that of a transaction. */
export type Database = Prisma.TransactionClient;
