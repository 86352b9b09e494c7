import { Command } from 'commander';

import { loadConfig, type Config } from './config/config.js';
import { exitWithFatalError } from './server/fatal-error.js';
import { generateSecret } from './config/secret.js';
import type { Core } from './server/core.js';
import type { Store } from './store/store.js';

const program = new Command('gatehouse').description('Identity and access for GraphQL.').showHelpAfterError();

const print = (line: string) => {
  process.stdout.write(`${line}\n`);
};

/** Runs a command over the database, with a log that only speaks of trouble. */
const withIdentity = async (command: (identity: Core, config: Config) => Promise<void>): Promise<void> => {
  const config = loadConfig();
  const { openCore } = await import('./server/core.js');
  const { createLog } = await import('./server/log.js');
  const identity = await openCore(config, { log: createLog({ logLevel: 'warn' }), runJobs: false });
  try {
    await command(identity, config);
  } finally {
    await identity.close();
  }
};

/** Runs a command over the database alone, also when stored rows do not open under ENCRYPTION_KEYS. */
const withStore = async (command: (store: Store, config: Config) => Promise<void>): Promise<void> => {
  const config = loadConfig();
  const { openStore } = await import('./store/store.js');
  const store = await openStore({ ...config, directUrl: config.databaseDirectUrl });
  try {
    await command(store, config);
  } finally {
    await store.close();
  }
};

program
  .command('serve')
  .description('Run the server until it is told to stop.')
  .action(async () => {
    const { serve } = await import('./server/serve.js');
    await serve();
  });

program
  .command('migrate')
  .description('Bring the tables of the database up to date.')
  .option('--rolled-back <name>', 'a migration that an earlier version began, and of which nothing is in the database')
  .action(async ({ rolledBack }: { rolledBack?: string }) => {
    const config = loadConfig();
    const { applyMigrations } = await import('./store/store.js');
    const applied = await applyMigrations({ ...config, directUrl: config.databaseDirectUrl }, rolledBack);
    for (const name of applied) print(`Applied ${name}.`);
    print('The database is up to date.');
  });

program
  .command('secret')
  .description('Secrets for the configuration.')
  .command('generate')
  .description('Print 32 random bytes as base64url, for ENCRYPTION_KEYS (id:…) or JWT_SECRETS (kid:…).')
  .action(() => {
    print(generateSecret());
  });

program
  .command('token')
  .description('Access tokens.')
  .command('inspect')
  .description('Say which key signed an access token, how each check goes, and what it claims.')
  .argument('<token>', 'the token, or - to read it from standard input')
  .option('--jwks <file or URL>', 'where the public keys are (default: the running server)')
  .action(async (token: string, { jwks }: { jwks?: string }) => {
    const { inspectToken } = await import('./commands/token.js');
    if (!(await inspectToken(loadConfig(), token, jwks))) process.exitCode = 1;
  });

program
  .command('mail')
  .description('What mails say.')
  .command('preview')
  .description('Write every message in every language into files, as text and as HTML.')
  .option('--out <folder>', 'where to (default: mail-preview in DATA_DIR)')
  .action(async ({ out }: { out?: string }) => {
    const { previewMail } = await import('./commands/mail-preview.js');
    const { files, folder, notices } = await previewMail(loadConfig(), out);
    for (const notice of notices) print(notice);
    print(`${files} files in ${folder}.`);
  });

const outbox = program.command('outbox').description('Mail that has not been sent.');
const outboxes = () => import('./commands/outbox.js');

outbox
  .command('list')
  .description('List what waits and what was given up, the oldest first; never to whom it goes.')
  .option('--json', 'one JSON object a line', false)
  .action(({ json }: { json: boolean }) =>
    withIdentity(async ({ store }, config) => {
      const { allWaiting, formatOutboxEntry } = await outboxes();
      let isEmpty = true;
      for await (const entry of allWaiting(store, config)) {
        print(json ? JSON.stringify(entry) : formatOutboxEntry(entry));
        isEmpty = false;
      }
      if (isEmpty && !json) print('Nothing waits.');
    }),
  );

outbox
  .command('retry')
  .description('Have the server try again at once, and as often as the first time, what failed.')
  .argument('[id]', 'one entry, as in the list')
  .option('--all', 'everything that failed', false)
  .action((id: string | undefined, { all }: { all: boolean }) =>
    withIdentity(async ({ store }) => {
      const { retryOutbox } = await outboxes();
      print(await retryOutbox(store, id, all));
    }),
  );

const keys = program.command('keys').description('Manage encryption keys.');
const keyCommands = () => import('./commands/keys.js');

keys
  .command('list')
  .description(
    'List the keys of ENCRYPTION_KEYS in their order, and the keys that stored rows need although they are missing, with the ' +
      'number of rows that each one seals. Also works when the server does not start because a key is missing.',
  )
  .option('--json', 'one JSON object per line', false)
  .action(({ json }: { json: boolean }) =>
    withStore(async (store, config) => {
      const { adviceFor, formatKey, listEncryptionKeys } = await keyCommands();
      const list = await listEncryptionKeys(store, config);
      for (const key of list) print(json ? JSON.stringify(key) : formatKey(key));
      if (!json) adviceFor(list).forEach(print);
    }),
  );

keys
  .command('reseal')
  .description(
    'Seal every stored row under the first key of ENCRYPTION_KEYS, so that the other keys can be removed. Run it with the ' +
      'ENCRYPTION_KEYS of the instances, once all of them run with the new order; they can keep running. Sessions and emails are kept. ' +
      'It can be repeated, and it completes a run that was interrupted. docs/keys.md describes the whole rotation.',
  )
  .addHelpText(
    'after',
    '\nExit code: 0 when every row is sealed under the first key, 1 when a row does not open or an instance still seals under ' +
      'another key.',
  )
  .action(() =>
    withStore(async (store, config) => {
      const { resealAll } = await keyCommands();
      const { lines, complete } = await resealAll(store, config);
      lines.forEach(print);
      if (!complete) process.exitCode = 1;
    }),
  );

const user = program.command('user').description('Accounts.');
const emailOption = ['--email <address>', 'the address of the account'] as const;
const users = () => import('./commands/users.js');

user
  .command('create')
  .description('Make an account.')
  .requiredOption(...emailOption)
  .requiredOption('--password-stdin', 'read the password from standard input')
  .option('--role <role...>', 'roles beside USER', [])
  .option('--verified', 'the address is known to be right', false)
  .action((options: { email: string; role: string[]; verified: boolean }) =>
    withIdentity(async ({ auth }) => {
      const { createUser, formatUser } = await users();
      print(formatUser(await createUser(auth, options)));
    }),
  );

user
  .command('list')
  .description('List accounts, the newest first.')
  .option('--search <text>', 'a part of the address or of the name')
  .option('--json', 'one JSON object a line', false)
  .action(({ search, json }: { search?: string; json: boolean }) =>
    withIdentity(async ({ auth }) => {
      const { allUsers, formatUser } = await users();
      for await (const found of allUsers(auth, search ?? null)) print(json ? JSON.stringify(found) : formatUser(found));
    }),
  );

user
  .command('grant')
  .description('Give an account a role.')
  .requiredOption(...emailOption)
  .requiredOption('--role <role>', 'the role')
  .action(({ email, role }: { email: string; role: string }) =>
    withIdentity(async ({ auth }) => {
      const { grantRole, formatUser, roleNamed } = await users();
      print(formatUser(await grantRole(auth, email, roleNamed(role))));
    }),
  );

user
  .command('revoke')
  .description('Take a role from an account.')
  .requiredOption(...emailOption)
  .requiredOption('--role <role>', 'the role')
  .action(({ email, role }: { email: string; role: string }) =>
    withIdentity(async ({ auth }) => {
      const { revokeRole, formatUser, roleNamed } = await users();
      print(formatUser(await revokeRole(auth, email, roleNamed(role))));
    }),
  );

user
  .command('disable')
  .description('Shut an account out and end its sessions.')
  .requiredOption(...emailOption)
  .action(({ email }: { email: string }) =>
    withIdentity(async ({ auth }) => {
      const { disableUser, formatUser } = await users();
      print(formatUser(await disableUser(auth, email)));
    }),
  );

user
  .command('enable')
  .description('Let an account in again.')
  .requiredOption(...emailOption)
  .action(({ email }: { email: string }) =>
    withIdentity(async ({ auth }) => {
      const { enableUser, formatUser } = await users();
      print(formatUser(await enableUser(auth, email)));
    }),
  );

user
  .command('import')
  .description(
    'Bring accounts in from another system: one JSON object a line, with password hashes as they are. Accounts that exist ' +
      'are left as they are, so an import can be repeated. docs/import.md has the fields, the hashes and their bounds.',
  )
  .argument('<file>', 'the file, or - for standard input')
  .option('--dry-run', 'say what would happen, and write nothing', false)
  .addHelpText('after', '\nExit code: 0 when every line was imported or there already, 1 when any was refused.')
  .action((file: string, { dryRun }: { dryRun: boolean }) =>
    withIdentity(async ({ auth }) => {
      const { importUsers, formatImportCounts } = await import('./commands/bulk-import.js');
      const counts = await importUsers(auth, file, dryRun);
      print(formatImportCounts(counts, dryRun));
      if (counts.refused > 0) process.exitCode = 1;
    }),
  );

user
  .command('export')
  .description('Write every account as one JSON object a line, as import reads it.')
  .option('--out <file>', 'a new file that only you may read (default: standard output)')
  .option(
    '--with-password-hashes',
    'INCLUDE THE PASSWORD HASHES: whoever reads them can guess passwords for as long as they like, unseen and without ' +
      'limits. Only to move to another database; delete the file afterwards.',
    false,
  )
  .action(({ out, withPasswordHashes }: { out?: string; withPasswordHashes: boolean }) =>
    withIdentity(async ({ auth }) => {
      const { exportUsers } = await import('./commands/bulk-export.js');
      const count = await exportUsers(auth, { out, withPasswordHashes });
      if (out !== undefined) print(`Exported ${count.toLocaleString('en')} accounts to ${out}.`);
    }),
  );

await program.parseAsync().catch(exitWithFatalError);
