import type { Command } from 'commander';

import { CommandError, currentOperator, printLine, withAuth } from './command.js';
import { assertSuccess, emailOption, findUser, formatUser } from './user.js';

/** Registers the commands for requests that a person makes to the operator: about deletion, data, a lost address, and limits. */
export const registerAccountCommands = (user: Command): void => {
  user
    .command('erase')
    .description(
      'End the sessions of an account and erase it after 14 days, or at the time that is scheduled already. The last administrator cannot be erased.',
    )
    .requiredOption(...emailOption)
    .option('--now', 'erase the account at once, which cannot be undone', false)
    .action(({ email, now }: { email: string; now: boolean }) =>
      withAuth(async (auth) => {
        const user = await findUser(auth, email);
        const when = now ? 'eraseNow' : 'schedule';
        const { eraseAfter } = assertSuccess(await auth.accountDeletion[when](user.id, currentOperator()));
        printLine(
          now ? `${user.email} was erased.` : `${user.email} will be erased after ${eraseAfter.toISOString()}.`,
        );
      }),
    );

  user
    .command('data')
    .description('Print all data about an account as JSON, without secrets, for a person who has asked for it.')
    .requiredOption(...emailOption)
    .action(({ email }: { email: string }) =>
      withAuth(async (auth) => {
        const { id } = await findUser(auth, email);
        printLine(assertSuccess(await auth.exportUserData(id, currentOperator())).json);
      }),
    );

  user
    .command('set-email')
    .description(
      'Give an account another address, which counts as verified, end its sessions and notify both addresses.',
    )
    .requiredOption(...emailOption)
    .requiredOption('--new <address>', 'the new address')
    .action(({ email, new: newEmail }: { email: string; new: string }) =>
      withAuth(async (auth) => {
        const { id } = await findUser(auth, email);
        const changed = await auth.users.setEmail(id, newEmail, currentOperator());
        if ('failure' in changed && changed.failure === 'INVALID_INPUT')
          throw new CommandError('The new address has an account already.');
        printLine(formatUser(assertSuccess(changed)));
      }),
    );

  user
    .command('unlock')
    .description(
      'Lift the limits of an account: of logins, of emails to its address, and of wrong passwords in its sessions.',
    )
    .requiredOption(...emailOption)
    .action(({ email }: { email: string }) =>
      withAuth(async (auth) => {
        const { id } = await findUser(auth, email);
        printLine(formatUser(assertSuccess(await auth.users.unlock(id, currentOperator()))));
      }),
    );
};
