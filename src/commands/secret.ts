import type { Command } from 'commander';

import { generateSecret } from '../config/secret.js';
import { printLine } from './command.js';

export const registerSecretCommands = (program: Command): void => {
  program
    .command('secret')
    .description('Generate secrets for the configuration.')
    .command('generate')
    .description('Print 32 random bytes in base64url, for ENCRYPTION_KEYS (id:…) or JWT_SECRETS (kid:…).')
    .action(() => {
      printLine(generateSecret());
    });
};
