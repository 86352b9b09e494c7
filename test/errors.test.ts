import { GatehouseError, requestErrors, resultErrors } from '../src/errors.js';

const retryableOf = (table: Readonly<Record<string, { readonly retryable: boolean }>>) =>
  Object.entries(table)
    .filter(([, { retryable }]) => retryable)
    .map(([code]) => code);

describe('the tables of errors', () => {
  it('call an error retryable only if the identical request may succeed later', () => {
    expect(retryableOf(resultErrors)).toEqual(['RATE_LIMITED']);
    expect(retryableOf(requestErrors)).toEqual(['RATE_LIMITED', 'SERVER_BUSY', 'SERVICE_UNAVAILABLE']);
  });

  it('have one code in common: a limit is part of the result, or an error where the type has no such member', () => {
    const common = Object.keys(resultErrors).filter((code) => code in requestErrors);
    expect(common).toEqual(['RATE_LIMITED']);
    expect(requestErrors.RATE_LIMITED).toBe(resultErrors.RATE_LIMITED);
  });

  it('give the status 401 to UNAUTHENTICATED alone, because clients refresh on it', () => {
    const unauthorized = Object.entries(requestErrors).filter(([, { status }]) => status === 401);
    expect(unauthorized.map(([code]) => code)).toEqual(['UNAUTHENTICATED']);
  });

  it('have a message that is a sentence, except for the words that a protocol prescribes', () => {
    const messages = [...Object.values(resultErrors), ...Object.values(requestErrors)].map(({ message }) => message);
    expect(messages.filter((message) => !/^[A-Z].*\.$/.test(message))).toEqual(['PersistedQueryNotSupported']);
  });

  it('say nothing about an address where wrong credentials may be the password of a logged-in user alone', () => {
    expect(resultErrors.INVALID_CREDENTIALS.message).not.toMatch(/email|address/i);
  });
});

describe('GatehouseError', () => {
  it('has the message of the table and keeps its cause for the log', () => {
    const cause = new Error('private');
    const error = new GatehouseError('SERVER_BUSY', { cause });
    expect(error).toMatchObject({ name: 'GatehouseError', message: requestErrors.SERVER_BUSY.message, cause });
  });
});
