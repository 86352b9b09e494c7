import type { Command } from 'commander';

import { loadConfig } from '../config/config.js';
import { printLine } from './command.js';

export const registerMigrateCommand = (program: Command): void => {
  program
    .command('migrate')
    .description('Bring the tables of the database up to date.')
    .option('--rolled-back <name>', 'a migration that an earlier version began, and that left nothing in the database')
    .action(async ({ rolledBack }: { rolledBack?: string }) => {
      const config = loadConfig();
      const { migrateDatabase } = await import('../server/database.js');
      const applied = await migrateDatabase(config, rolledBack);
      for (const name of applied) printLine(`Applied ${name}.`);
      printLine('The database is up to date.');
    });
};
