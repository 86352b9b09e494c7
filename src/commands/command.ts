import { userInfo } from 'node:os';

import type { Operator } from '../auth/administrators/administrator.js';
import type { Auth } from '../auth/auth.js';
import { loadConfig } from '../config/config.js';
import { OperatorError } from '../errors.js';
import { escapeControls } from '../values/escape-controls.js';

/** A command was refused, or its arguments are invalid. */
export class CommandError extends OperatorError {
  override readonly name = 'CommandError';
}

/** Writes a line to standard output. Names and addresses come from users, who must not control the operator's terminal. */
export const printLine = (line: string): void => {
  process.stdout.write(`${escapeControls(line)}\n`);
};

/** Reads an optional option. The empty string, which an unset variable of a shell leaves, counts as absent. */
export const textOrAbsent = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** The actor of a command: the user of the operating system. */
export const currentOperator = (): Operator => ({ kind: 'operator', name: operatorName() });

/** The user of a container often has a number and no name. */
const operatorName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
};

/** Runs a command with the flows. Logs warnings and errors only. The configuration is read before the large modules are loaded. */
export const withAuth = async (command: (auth: Auth) => Promise<void>): Promise<void> => {
  const { application } = await import('../server/application.js');
  const config = loadConfig(undefined, application.variables);
  const [{ openCore }, { createLog }] = await Promise.all([import('../server/core.js'), import('../server/log.js')]);
  const core = await openCore(config, { log: createLog({ logLevel: 'warn' }), runJobs: false });
  try {
    await command(core.auth);
  } finally {
    await core.close();
  }
};
