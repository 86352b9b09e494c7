import type { Answer, TestApp } from './app.js';

/** A word that stands in every input of a suite and must be in no response and no log line. */
export const CANARY = 'kanarienvogel';

export const badRequest = { status: 400, code: 'BAD_REQUEST' };
export const parseFailed = { status: 400, code: 'GRAPHQL_PARSE_FAILED' };
export const validationFailed = { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' };
export const badInput = { status: 400, code: 'BAD_USER_INPUT' };
export const tooLarge = { status: 413, code: 'BAD_REQUEST' };

const tables = [
  '"user"',
  'auth_password_credential',
  'auth_user_role',
  'auth_sign_up',
  'auth_session',
  'auth_one_time_token',
  'auth_queue_entry',
  'auth_security_event',
];

/** Counts the rows of every table that a request could write to. */
export const countRows = async ({ database }: TestApp): Promise<unknown> => {
  const columns = tables.map(
    (table) => `(SELECT count(*)::int FROM ${table}) AS ${table === '"user"' ? 'users' : table}`,
  );
  return (await database.query(`SELECT ${columns.join(', ')}`))[0];
};

/** Checks that a response is an error with a code, and that the request left no trace of its input. */
export type AssertRejected = (answer: Answer<unknown>, expected: { status: number; code: string }) => Promise<void>;

/**
 * Notes the rows and the log before a request. The returned function checks that since then nothing was stored, that neither
 * the response nor the log contains CANARY, that the log has no error, and that the server still responds.
 */
export const watchForTraces = async (app: TestApp): Promise<AssertRejected> => {
  const before = await countRows(app);
  const linesBefore = app.log.length;
  return async ({ status, errors, data, text, headers }, expected) => {
    expect({ status, code: errors[0]?.extensions.code }).toEqual(expected);
    expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
    expect(headers.get('content-type')).toMatch(/^application\/(json|graphql-response\+json); charset=utf-8$/);
    expect(text).not.toMatch(new RegExp(CANARY, 'i'));
    const lines = app.log.slice(linesBefore);
    expect(lines.filter((line) => line.toLowerCase().includes(CANARY) || line.includes('"level":50'))).toEqual([]);
    expect(await countRows(app)).toEqual(before);
    expect((await app.post('{"query":"{ __typename }"}')).status).toBe(200);
  };
};
