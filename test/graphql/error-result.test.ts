import 'reflect-metadata';

import { errorTable } from '../../src/errors.js';
import {
  errorResultOf,
  InvalidInput,
  LastAdministrator,
  RateLimited,
  WeakPassword,
} from '../../src/graphql/error-result.js';

describe('an expected failure', () => {
  it('becomes the type that clients switch on, with the message of the error table', () => {
    const result = errorResultOf({ failure: 'LAST_ADMINISTRATOR' });
    expect(result).toBeInstanceOf(LastAdministrator);
    expect(result).toEqual({
      code: 'LAST_ADMINISTRATOR',
      message: errorTable.LAST_ADMINISTRATOR.message,
      retryable: errorTable.LAST_ADMINISTRATOR.retryable,
    });
  });

  it('keeps the details of its kind', () => {
    const weak = errorResultOf({ failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT', 'LEAKED'] });
    const invalid = errorResultOf({ failure: 'INVALID_INPUT', fields: ['locale'] });
    const limited = errorResultOf({ failure: 'RATE_LIMITED', retryAfterSeconds: 60 });
    expect(weak).toBeInstanceOf(WeakPassword);
    expect(weak.reasons).toEqual(['TOO_SHORT', 'LEAKED']);
    expect(invalid).toBeInstanceOf(InvalidInput);
    expect(invalid.fields).toEqual(['locale']);
    expect(limited).toBeInstanceOf(RateLimited);
    expect(limited.retryAfterSeconds).toBe(60);
  });
});
