import { assertErrorTables } from '../../src/graphql/error-codes.js';

const entry = { message: 'You have too many projects.', retryable: false, meaning: 'The plan allows no more.' };
const requestEntry = { ...entry, status: 402 };

const check =
  (resultErrors: Record<string, unknown>, requestErrors: Record<string, unknown> = {}): (() => void) =>
  () => {
    assertErrorTables({ resultErrors, requestErrors });
  };

describe('the errors of an application', () => {
  it('have a code, a message, a meaning and, if they are thrown, a status', () => {
    expect(check({})).not.toThrow();
    expect(check({ PROJECT_LIMIT: entry, E2E: entry }, { PAYMENT_REQUIRED: requestEntry })).not.toThrow();
  });

  it.each(['NOT_FOUND', 'RATE_LIMITED', 'FORBIDDEN', 'INTERNAL_SERVER_ERROR'])(
    'cannot redefine %s, in either table',
    (code) => {
      const refusal = `src/app/errors.ts: "${code}" is a code of Gatehouse. Choose another name.`;
      expect(check({ [code]: entry })).toThrow(refusal);
      expect(check({}, { [code]: requestEntry })).toThrow(refusal);
    },
  );

  it.each(['projectLimit', 'project_limit', 'PROJECT-LIMIT', '_LIMIT', 'LIMIT_', 'A__B', '1ST', '', 'ÄRGER', 'A\n'])(
    'cannot have the code %j',
    (code) => {
      expect(check({ [code]: entry })).toThrow(`src/app/errors.ts: "${code}" cannot be a code.`);
      expect(check({}, { [code]: requestEntry })).toThrow(`src/app/errors.ts: "${code}" cannot be a code.`);
    },
  );

  it('are expected or not, and never both', () => {
    expect(check({ PROJECT_LIMIT: entry }, { PROJECT_LIMIT: requestEntry })).toThrow(
      '"PROJECT_LIMIT" is in both tables.',
    );
  });

  it.each<[string, object | null | undefined]>([
    ['message', { ...entry, message: ' ' }],
    ['message', {}],
    ['message', null],
    ['message', undefined],
    ['meaning', { ...entry, meaning: '' }],
    ['retryable', { ...entry, retryable: 'no' }],
  ])('are complete: without %s, the first that lacks it is named', (field, incomplete) => {
    expect(check({ GOOD: entry, PROJECT_LIMIT: incomplete })).toThrow(
      `src/app/errors.ts: "PROJECT_LIMIT" has no ${field}. Add`,
    );
  });

  it.each([undefined, 200, 399, 600, 402.5, '402'])('that are thrown have no status %j', (status) => {
    expect(check({}, { PAYMENT_REQUIRED: { ...entry, status } })).toThrow(
      'src/app/errors.ts: "PAYMENT_REQUIRED" has no status from 400 to 599.',
    );
  });

  it('never have the status 401, on which clients refresh their session', () => {
    expect(check({}, { SIGNATURE_MISSING: { ...entry, status: 401 } })).toThrow('Use 403.');
  });
});
