import { text } from 'node:stream/consumers';

import type { Command } from 'commander';

import { roles, type Role } from '../values/roles.js';
import type { Auth } from '../auth/auth.js';
import type { UserPage } from '../auth/users/user-list.js';
import type { UserRecord } from '../auth/users/users.js';
import { registerExportCommand } from './bulk-export.js';
import { registerImportCommand } from './bulk-import.js';
import { CommandError, currentOperator, printLine, withAuth } from './command.js';
import { registerAccountCommands } from './user-account.js';
import { assertSuccess, emailOption, findUser, formatUser } from './user.js';

export const registerUserCommands = (program: Command): void => {
  const user = program.command('user').description('Manage users.');

  user
    .command('create')
    .description('Create a user.')
    .requiredOption(...emailOption)
    .requiredOption('--password-stdin', 'read the password from standard input')
    .option('--role <role...>', 'roles to grant in addition to USER', [])
    .option('--verified', 'mark the email address as verified', false)
    .action((options: CreateOptions) =>
      withAuth(async (auth) => {
        printLine(formatUser(await createUser(auth, options)));
      }),
    );

  user
    .command('list')
    .description('List users, the newest first.')
    .option('--search <text>', 'list only users whose email address or name begins with this text')
    .option('--json', 'print one JSON object per line', false)
    .action(({ search, json }: { search?: string; json: boolean }) =>
      withAuth(async (auth) => {
        for await (const found of listUsers(auth, search ?? null))
          printLine(json ? JSON.stringify(found) : formatUser(found));
      }),
    );

  user
    .command('grant')
    .description('Grant a role to a user.')
    .requiredOption(...emailOption)
    .requiredOption('--role <role>', 'the role to grant')
    .action(({ email, role }: { email: string; role: string }) =>
      withAuth(async (auth) => {
        printLine(formatUser(await grantRole(auth, email, roleNamed(role))));
      }),
    );

  user
    .command('revoke')
    .description('Revoke a role from a user.')
    .requiredOption(...emailOption)
    .requiredOption('--role <role>', 'the role to revoke')
    .action(({ email, role }: { email: string; role: string }) =>
      withAuth(async (auth) => {
        printLine(formatUser(await revokeRole(auth, email, roleNamed(role))));
      }),
    );

  user
    .command('disable')
    .description('Disable an account and end its sessions. The last administrator cannot be disabled.')
    .requiredOption(...emailOption)
    .action(({ email }: { email: string }) =>
      withAuth(async (auth) => {
        printLine(formatUser(await disableUser(auth, email)));
      }),
    );

  user
    .command('enable')
    .description('Enable a disabled user.')
    .requiredOption(...emailOption)
    .action(({ email }: { email: string }) =>
      withAuth(async (auth) => {
        printLine(formatUser(await enableUser(auth, email)));
      }),
    );

  registerAccountCommands(user);
  registerImportCommand(user);
  registerExportCommand(user);
};

interface CreateOptions {
  readonly email: string;
  readonly role: readonly string[];
  readonly verified: boolean;
}

/** Finds a role by its name, in upper or lower case. @throws CommandError when there is no such role */
const roleNamed = (name: string): Role => {
  const known = Object.keys(roles) as Role[];
  const role = known.find((it) => it === name) ?? known.find((it) => it.toUpperCase() === name.toUpperCase());
  if (!role) throw new CommandError(`There is no role ${name}. The roles are: ${known.join(', ')}.`);
  return role;
};

/** Creates a user. The password is read from standard input, because every process can read the arguments of another. */
const createUser = async (auth: Auth, { email, role, verified }: CreateOptions): Promise<UserRecord> => {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  const account = { email, password, name: null, roles: role.filter((name) => name !== '').map(roleNamed), verified };
  const created = await auth.users.create(account, currentOperator());
  if ('failure' in created && created.failure === 'INVALID_INPUT')
    throw new CommandError('A user with this email address already exists.');
  return assertSuccess<UserRecord>(created);
};

const grantRole = async (auth: Auth, email: string, role: Role): Promise<UserRecord> => {
  const user = await findUser(auth, email);
  return assertSuccess(await auth.users.grantRole(user.id, role, currentOperator()));
};

const revokeRole = async (auth: Auth, email: string, role: Role): Promise<UserRecord> => {
  if (role === 'USER') throw new CommandError('Every user has the role USER.');
  const user = await findUser(auth, email);
  return assertSuccess(await auth.users.revokeRole(user.id, role, currentOperator()));
};

const disableUser = async (auth: Auth, email: string): Promise<UserRecord> =>
  assertSuccess(await auth.users.disable((await findUser(auth, email)).id, currentOperator()));

const enableUser = async (auth: Auth, email: string): Promise<UserRecord> =>
  assertSuccess(await auth.users.enable((await findUser(auth, email)).id, currentOperator()));

async function* listUsers(auth: Auth, search: string | null): AsyncGenerator<UserRecord> {
  let after: string | null = null;
  for (;;) {
    const page: UserPage = await auth.users.list({ first: 100, after, filter: { search } });
    yield* page.users;
    after = page.users.at(-1)?.id ?? null;
    if (!page.hasNextPage) return;
  }
}
