import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '../../src/config/config.js';
import { openStore, type Store } from '../../src/store/store.js';
import { prepareDataDir } from './database.js';
import { endPrograms, start, type Ended } from './program.js';

/** Each command is a process of its own, and most open the embedded database. */
export const COMMAND_TIMEOUT_MS = 300_000;

/** The commands over a folder of their own. */
export interface Commands {
  readonly dataDir: string;
  readonly environment: NodeJS.ProcessEnv;
  run(args: readonly string[], stdin?: string, env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Opens their database between two of them. */
  inStore<T>(work: (store: Store) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param database whether there is a database already */
export const openCommands = async ({ database }: { database: boolean }): Promise<Commands> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-commands-'));
  const environment = { NODE_ENV: 'test', DATA_DIR: dataDir, ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1' };
  if (database) await prepareDataDir(dataDir);
  return {
    dataDir,
    environment,
    run: (args, stdin = '', env = {}) => start('cli.ts', { ...environment, ...env }, args, stdin).ended,
    async inStore(work) {
      const store = await openStore({ ...loadConfig(environment) });
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    },
    async close() {
      await endPrograms();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
