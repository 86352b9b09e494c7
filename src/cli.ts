import { Command } from 'commander';

import { registerKeyCommands } from './commands/keys.js';
import { registerMailCommands } from './commands/mail-preview.js';
import { registerMigrateCommand } from './commands/migrate.js';
import { registerOutboxCommands } from './commands/outbox.js';
import { registerSecretCommands } from './commands/secret.js';
import { registerServeCommand } from './commands/serve.js';
import { registerTokenCommands } from './commands/token.js';
import { registerUserCommands } from './commands/users.js';
import { exitWithFatalError } from './server/fatal-error.js';
import { escapeControlsInLines } from './values/escape-controls.js';

const program = new Command('gatehouse')
  .description('An identity server for GraphQL: run it, and manage its users, keys and emails.')
  .showHelpAfterError()
  // The messages quote arguments, which may come from elsewhere.
  .configureOutput({ writeErr: (text) => process.stderr.write(escapeControlsInLines(text)) });

// In the order of the help.
registerServeCommand(program);
registerMigrateCommand(program);
registerSecretCommands(program);
registerTokenCommands(program);
registerMailCommands(program);
registerOutboxCommands(program);
registerKeyCommands(program);
registerUserCommands(program);

await program.parseAsync().catch(exitWithFatalError);
