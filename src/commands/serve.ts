import type { Command } from 'commander';

export const registerServeCommand = (program: Command): void => {
  program
    .command('serve')
    .description('Run the server until it receives SIGTERM or SIGINT.')
    .action(async () => {
      const { serve } = await import('../server/serve.js');
      await serve();
    });
};
