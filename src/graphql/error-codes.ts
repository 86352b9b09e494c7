import { OperatorError } from '../errors.js';
import { ownRequestErrors, ownResultErrors } from '../values/error-tables.js';

/** The tables of src/app/errors.ts, whose types nothing checks when the server runs. */
export interface ErrorTables {
  readonly resultErrors: Readonly<Record<string, unknown>>;
  readonly requestErrors: Readonly<Record<string, unknown>>;
}

/**
 * Checks the errors of the application: each code is a value of a GraphQL enum, belongs to one table and is none of ours, and
 * each entry is complete.
 *
 * @throws OperatorError that names the first code that is wrong
 */
export const assertErrorTables = ({ resultErrors, requestErrors }: ErrorTables): void => {
  for (const code of [...Object.keys(resultErrors), ...Object.keys(requestErrors)]) assertCode(code);
  const both = Object.keys(resultErrors).find((code) => Object.hasOwn(requestErrors, code));
  if (both !== undefined)
    throw wrong(`"${both}" is in both tables. A caller expects an error or does not: remove it from one of them.`);
  for (const [code, entry] of Object.entries(resultErrors)) assertEntry(code, fieldsOf(entry));
  for (const [code, entry] of Object.entries(requestErrors)) {
    const fields = fieldsOf(entry);
    assertEntry(code, fields);
    assertStatus(code, fields['status']);
  }
};

const wrong = (sentence: string) => new OperatorError(`src/app/errors.ts: ${sentence}`);

const assertCode = (code: string): void => {
  if (Object.hasOwn(ownResultErrors, code) || Object.hasOwn(ownRequestErrors, code))
    throw wrong(`"${code}" is a code of Gatehouse. Choose another name.`);
  if (!/^[A-Z][A-Z\d]*(_[A-Z\d]+)*$/.test(code))
    throw wrong(
      `"${code}" cannot be a code. Use capital letters, digits and single underscores, such as PROJECT_LIMIT.`,
    );
};

const fieldsOf = (entry: unknown): Readonly<Record<string, unknown>> =>
  typeof entry === 'object' && entry !== null ? { ...entry } : {};

const assertEntry = (code: string, { message, meaning, retryable }: Readonly<Record<string, unknown>>): void => {
  if (typeof message !== 'string' || message.trim() === '')
    throw wrong(`"${code}" has no message. Add a sentence that a client may read.`);
  if (typeof meaning !== 'string' || meaning.trim() === '')
    throw wrong(`"${code}" has no meaning. Add when it is returned, and what the client does about it.`);
  if (typeof retryable !== 'boolean') throw wrong(`"${code}" has no retryable. Add true or false.`);
};

/** Clients refresh their session on 401, which no error of an application can mean. */
const assertStatus = (code: string, status: unknown): void => {
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599)
    throw wrong(`"${code}" has no status from 400 to 599. Add one, such as 402.`);
  if (status === 401) throw wrong(`"${code}" has the status 401, which means that a client has to refresh. Use 403.`);
};
