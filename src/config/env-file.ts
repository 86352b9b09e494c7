import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { OperatorError } from '../errors.js';

/** The file `.env` cannot be used. The message says what to do, and never quotes the file. */
export class UnusableEnvFile extends OperatorError {
  override readonly name = 'UnusableEnvFile';
}

/**
 * Returns the environment, completed by the file `.env` of a folder if there is one. For development only.
 *
 * A variable of the environment hides that of the file in both of its forms, NAME and NAME_FILE, also when it is empty. So a
 * variable can be replaced or removed for one start, and the rule that only one form may be set applies within each source.
 *
 * @throws UnusableEnvFile
 */
export const withEnvFile = (env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv => {
  const text = textOf(join(folder, '.env'));
  const values = text === undefined ? {} : parse(text);
  const kept = Object.entries(values).filter(([name]) => formsOf(name).every((form) => env[form] === undefined));
  return { ...Object.fromEntries(kept), ...env };
};

const formsOf = (name: string): string[] => {
  const base = name.replace(/_FILE$/, '');
  return [base, `${base}_FILE`];
};

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UnusableEnvFile(
      `The file .env cannot be read (${code}). Make it a file that this user can read, or remove it.`,
    );
  }
};

const textAfterQuotes = /^(?:export )?\w+[ \t]*=[ \t]*(["'`])(?:(?!\1).)*\1[ \t]*[^\s#]/m;

/**
 * Node takes a line without `=` for the beginning of the next name, and would drop the variable of the next line silently. The
 * variable at the end shows it for the last line too. Node also takes white space before a comment for the beginning of a
 * name, and drops what follows a quoted value: the rest of a password that contains a quotation mark.
 */
const parse = (text: string): Readonly<Record<string, string | undefined>> => {
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/^[ \t]*(?:(export)[ \t]+)?/gm, (_, word) => (word ? 'export ' : ''));
  if (textAfterQuotes.test(lines))
    throw new UnusableEnvFile(
      'The file .env has text after a quoted value. A value that contains a quotation mark is put in quotes of another kind.',
    );
  const { END_OF_FILE: end, ...values } = parseEnv(`${lines}\nEND_OF_FILE=1`);
  if (end === undefined || !Object.keys(values).every((name) => /^[A-Za-z_]\w*$/.test(name)))
    throw new UnusableEnvFile(
      'The file .env has a line that is neither NAME=value nor a comment after #. Correct or remove it.',
    );
  return values;
};
