import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pc from 'picocolors';

import type { Auth } from '../auth/auth.js';
import type { Terminal } from './terminal.js';

const EMAIL = 'admin@example.com';

/** The credentials of the administrator that was created. */
export interface FirstAdministrator {
  readonly email: string;
  /** The password, to be pasted into a single-quoted argument of a shell. */
  readonly passwordInShell: string;
}

export interface FirstAdministratorOptions {
  readonly auth: { readonly users: Pick<Auth['users'], 'any' | 'create'> };
  readonly dataDir: string;
  readonly terminal: Terminal;
}

/**
 * Creates an administrator with a random password in a database without users; returns undefined in any other.
 *
 * The password is announced before the account is created: a process that is killed in between leaves no administrator whose
 * password nobody knows.
 */
export const createFirstAdministrator = async ({
  auth,
  dataDir,
  terminal,
}: FirstAdministratorOptions): Promise<FirstAdministrator | undefined> => {
  if (await auth.users.any()) return undefined;
  const password = randomBytes(18).toString('base64url');
  const passwordInShell = await announcePassword(password, dataDir, terminal);
  const account = { email: EMAIL, password, name: null, roles: ['ADMIN'] as const, verified: true };
  const created = await auth.users.create(account, { kind: 'system' });
  if ('failure' in created) throw new Error(`The first administrator could not be created: ${created.failure}`);
  return { email: EMAIL, passwordInShell };
};

/**
 * Shows the password on a terminal, and returns it as text for a shell. Other output may be stored where others can read it,
 * so the password is written to a file that only its owner can read, and the path is shown instead.
 */
const announcePassword = async (password: string, dataDir: string, terminal: Terminal): Promise<string> => {
  if (terminal.isTTY) {
    terminal.write(announcement(password));
    return password;
  }
  const file = join(dataDir, 'admin-password');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await rm(file, { force: true });
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  terminal.write(announcement(`in ${file}`));
  return `'"$(cat ${quoted(file)})"'`;
};

const announcement = (password: string): string =>
  `\nFirst administrator: ${pc.bold(EMAIL)}, password ${pc.bold(password)}\n`;

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;
