import { readFileSync } from 'node:fs';

import { UnusableKeys } from '../../src/auth/keys/signing-keys.js';
import { CommandError } from '../../src/commands/command.js';
import { ConfigError } from '../../src/config/config.js';
import { UnusableDataDir } from '../../src/config/development-secrets.js';
import { GatehouseError } from '../../src/errors.js';
import { UnusableTemplates } from '../../src/mail/language-files.js';
import { fatalErrorText } from '../../src/server/fatal-error.js';
import { StoreConflict, StoreUnavailable, StoreUnusable } from '../../src/store/errors.js';
import { start } from '../support/program.js';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a fatal error', () => {
  it.each<[string, Error]>([
    ['ConfigError', new ConfigError([{ name: 'PORT', text: 'must be a whole number.' }])],
    ['CommandError', new CommandError('There is no user with this email address.')],
    ['StoreUnusable', new StoreUnusable('The database is too old.')],
    ['StoreUnavailable', new StoreUnavailable('The database is not available: timeout')],
    ['GatehouseError', new GatehouseError('SERVICE_UNAVAILABLE')],
    ['UnusableDataDir', new UnusableDataDir('is a file. Choose a folder.')],
    ['UnusableKeys', new UnusableKeys('ENCRYPTION_KEYS lacks a key.')],
    ['UnusableTemplates', new UnusableTemplates(['fr.json: cannot be read'])],
  ])('is printed as a sentence when it is a %s', (name, error) => {
    expect(error.name).toBe(name);
    expect(fatalErrorText(error)).toBe(error.message);
  });

  it('F11: does not act on the terminal, whatever its message quotes', () => {
    const message = fatalErrorText(
      new CommandError('There is no role \u001b[2J\r\u009b\u2028\u202e.\nChoose another.'),
    );
    expect(message).toBe('There is no role \\u001b[2J\\u000d\\u009b\\u2028\\u202e.\nChoose another.');
  });

  it('is printed as a sentence when the operating system refused a call', () => {
    expect(fatalErrorText(thrownBy(() => readFileSync('/none')))).toBe(
      "ENOENT: no such file or directory, open '/none'",
    );
  });

  it('is printed with its stack when it is a bug', () => {
    for (const error of [new TypeError('x is not a function'), new StoreConflict('user_email_key', undefined)])
      expect(fatalErrorText(error)).toBe(error.stack);
  });

  it('is printed as it is when it is not an Error', () => {
    expect(fatalErrorText('a string')).toBe('a string');
  });

  it('ends the process with exit code 1, on standard error alone', async () => {
    const { code, stdout, stderr } = await start('cli.ts', { PORT: 'x', DATA_DIR: '/proc/none' }, ['migrate']).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^The configuration is invalid\. Correct these variables:\nPORT: must be .*\n/);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
