import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pc from 'picocolors';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config/config.js';

const EMAIL = 'admin@example.com';

/** Writes a line to the terminal of a developer; the log never sees it. */
export const printLine = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * Greets a developer: where the API is, and, in a database without users, the first administrator.
 *
 * The password goes to the terminal, or into a file that only its owner reads where there is none: what is piped may be
 * kept by somebody else.
 */
export const announceServer = async (config: Config, auth: Auth): Promise<void> => {
  const endpoint = `${config.publicUrl}/graphql`;
  const lines = [
    `${pc.bold('Gatehouse')} is ready at ${pc.cyan(endpoint)}`,
    `Open it in a browser for Apollo Sandbox.`,
  ];
  const password = (await auth.users.any()) ? undefined : randomBytes(18).toString('base64url');
  if (password !== undefined) {
    // Shown before the account is created: a process that is killed in between leaves no administrator with an unknown password.
    const { shown, inShell } = await disclose(password, config.dataDir);
    printLine(`\nFirst administrator: ${pc.bold(EMAIL)}, password ${pc.bold(shown)}`);
    await createFirstAdministrator(auth, password);
    lines.push(
      '',
      'Log in as the first administrator:',
      `  curl -s ${endpoint} -H 'content-type: application/json' -d '${loginBody(inShell)}'`,
    );
  }
  printLine(`\n${lines.join('\n')}\n`);
};

const createFirstAdministrator = async (auth: Auth, password: string): Promise<void> => {
  const account = { email: EMAIL, password, name: null, roles: ['ADMIN'] as const, verified: true };
  const created = await auth.users.create(account, { kind: 'system' });
  if ('failure' in created) throw new Error(`the first administrator was not made: ${created.failure}`);
};

/** Shows the password, or writes it where only its owner reads it, and says how a shell comes by it. */
const disclose = async (password: string, dataDir: string): Promise<{ shown: string; inShell: string }> => {
  if (process.stdout.isTTY) return { shown: password, inShell: password };
  const file = join(dataDir, 'admin-password');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await rm(file, { force: true });
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  return { shown: `in ${file}`, inShell: `'"$(cat ${quoted(file)})"'` };
};

const quoted = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`;

const loginBody = (password: string) =>
  `{"query":"mutation ($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { accessToken refreshToken expiresIn } } }",` +
  `"variables":{"input":{"email":"${EMAIL}","password":"${password}"}}}`;
