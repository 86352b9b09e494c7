import type { Config } from '../config/config.js';
import { applyMigrations, openStore, type Store, type StoreOptions } from '../store/store.js';

type DatabaseConfig = Pick<Config, 'databaseUrl' | 'databaseDirectUrl' | 'databasePoolSize' | 'dataDir' | 'migrate'>;

/**
 * Opens the configured database, and brings its tables up to date unless MIGRATE is `off`.
 *
 * @throws StoreUnusable when an operator has to act
 * @throws StoreUnavailable when the database does not respond
 */
export const openDatabase = (
  { migrate, ...config }: DatabaseConfig,
  options: Pick<StoreOptions, 'hasDeadlines' | 'log' | 'warn' | 'onConnectionWait'>,
): Promise<Store> => openStore({ ...storeOptionsOf(config), ...options, migrate });

/** Applies pending migrations, regardless of MIGRATE, and returns their names. */
export const migrateDatabase = (config: Omit<DatabaseConfig, 'migrate'>, rolledBack?: string): Promise<string[]> =>
  applyMigrations(storeOptionsOf(config), rolledBack);

const storeOptionsOf = ({
  databaseUrl,
  databaseDirectUrl,
  databasePoolSize,
  dataDir,
}: Omit<DatabaseConfig, 'migrate'>) => ({
  databaseUrl,
  directUrl: databaseDirectUrl,
  poolSize: databasePoolSize,
  dataDir,
});
