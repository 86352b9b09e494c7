import type { Prisma } from '../generated/client.js';

/** The database as the row modules see it: the client, or the same client inside a transaction. */
export type Database = Prisma.TransactionClient;
