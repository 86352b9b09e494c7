import { GatehouseError, requestErrors } from '../src/errors.js';
import { ownRequestErrors, ownResultErrors } from '../src/values/error-tables.js';

const retryableOf = (table: Readonly<Record<string, { readonly retryable: boolean }>>) =>
  Object.entries(table)
    .filter(([, { retryable }]) => retryable)
    .map(([code]) => code);

describe('the tables of errors', () => {
  it('call an error retryable only if the identical request may succeed later', () => {
    expect(retryableOf(ownResultErrors)).toEqual(['RATE_LIMITED']);
    expect(retryableOf(ownRequestErrors)).toEqual(['RATE_LIMITED', 'SERVER_BUSY', 'SERVICE_UNAVAILABLE']);
  });

  it('have one code in common: a limit is part of the result, or an error where the type has no such member', () => {
    const common = Object.keys(ownResultErrors).filter((code) => code in ownRequestErrors);
    expect(common).toEqual(['RATE_LIMITED']);
    expect(ownRequestErrors.RATE_LIMITED).toBe(ownResultErrors.RATE_LIMITED);
  });

  it('give the status 401 to UNAUTHENTICATED alone, because clients refresh on it', () => {
    const unauthorized = Object.entries(ownRequestErrors).filter(([, { status }]) => status === 401);
    expect(unauthorized.map(([code]) => code)).toEqual(['UNAUTHENTICATED']);
  });

  it('have a message that is a sentence, except for the words that a protocol prescribes', () => {
    const messages = [...Object.values(ownResultErrors), ...Object.values(ownRequestErrors)].map(
      ({ message }) => message,
    );
    expect(messages.filter((message) => !/^[A-Z].*\.$/.test(message))).toEqual(['PersistedQueryNotSupported']);
  });

  it('say nothing about an address where wrong credentials may be the password of a logged-in user alone', () => {
    expect(ownResultErrors.INVALID_CREDENTIALS.message).not.toMatch(/email|address/i);
  });
});

describe('GatehouseError', () => {
  it('has the message of the table and keeps its cause for the log', () => {
    const cause = new Error('private');
    const error = new GatehouseError('SERVER_BUSY', { cause });
    expect(error).toMatchObject({ name: 'GatehouseError', message: requestErrors.SERVER_BUSY.message, cause });
  });
});
