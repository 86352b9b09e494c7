import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigError, loadConfig } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';

/** The environment of a server in development, which refuses the cheap password hashes of tests. */
export const developmentVariables = {
  NODE_ENV: 'development',
  ARGON2_MEMORY_KIB: '19456',
  ARGON2_PASSES: '2',
} as const;

/** Environments over a folder that each test of the file has to itself. */
export interface TestEnvironments {
  readonly folder: () => string;
  /** The DATA_DIR of both environments; it does not exist yet. */
  readonly dataDir: () => string;
  /** Nothing is set but DATA_DIR. */
  readonly development: () => NodeJS.ProcessEnv;
  /** Everything that production requires. */
  readonly production: () => NodeJS.ProcessEnv;
}

/** Creates a folder before each test of the file that calls it, and removes it afterwards. */
export const testEnvironments = (): TestEnvironments => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const dataDir = () => join(folder, 'data');
  return {
    folder: () => folder,
    dataDir,
    development: () => ({ DATA_DIR: dataDir() }),
    production: () => ({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://id.example.com',
      DATABASE_URL: 'postgresql://gatehouse@db.example.com/gatehouse?sslmode=verify-full',
      ENCRYPTION_KEYS: `k1:${generateSecret()}`,
      MAIL_URL: 'smtps://smtp.example.com',
    }),
  };
};

/** Loads a configuration that is refused, and returns the error. */
export const configError = (env: NodeJS.ProcessEnv): ConfigError => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
};

/** The names of the variables for which a configuration is refused. */
export const refusedVariables = (env: NodeJS.ProcessEnv): string[] => configError(env).problems.map(({ name }) => name);
