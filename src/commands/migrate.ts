import type { Command } from 'commander';

import { loadConfig } from '../config/config.js';
import { printLine, textOrAbsent } from './command.js';

export const registerMigrateCommand = (program: Command): void => {
  program
    .command('migrate')
    .description('Apply the pending migrations to the database.')
    .option(
      '--rolled-back <name>',
      'a migration that an earlier version began and that changed nothing in the database; it is applied again',
    )
    .action(async ({ rolledBack }: { rolledBack?: string }) => {
      const config = loadConfig();
      const { migrateDatabase } = await import('../server/database.js');
      const applied = await migrateDatabase(config, textOrAbsent(rolledBack));
      for (const name of applied) printLine(`Applied ${name}.`);
      printLine('The database is up to date.');
    });
};
