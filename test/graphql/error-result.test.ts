import 'reflect-metadata';

import { resultErrors } from '../../src/errors.js';
import {
  errorResultOf,
  InvalidInputError,
  LastAdministratorError,
  MfaRequiredError,
  RateLimitedError,
  WeakPasswordError,
} from '../../src/graphql/error-result.js';

describe('an expected failure', () => {
  it('becomes the type that clients switch on, with the message of the error table', () => {
    const result = errorResultOf({ failure: 'LAST_ADMINISTRATOR' });
    expect(result).toBeInstanceOf(LastAdministratorError);
    expect(result).toEqual({
      code: 'LAST_ADMINISTRATOR',
      message: resultErrors.LAST_ADMINISTRATOR.message,
      retryable: resultErrors.LAST_ADMINISTRATOR.retryable,
    });
  });

  it('keeps the details of its kind', () => {
    const weak = errorResultOf({ failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT', 'LEAKED'] });
    const invalid = errorResultOf({ failure: 'INVALID_INPUT', fields: ['locale'] });
    const limited = errorResultOf({ failure: 'RATE_LIMITED', retryAfterSeconds: 60 });
    expect(weak).toBeInstanceOf(WeakPasswordError);
    expect(weak.reasons).toEqual(['TOO_SHORT', 'LEAKED']);
    expect(invalid).toBeInstanceOf(InvalidInputError);
    expect(invalid.fields).toEqual(['locale']);
    expect(limited).toBeInstanceOf(RateLimitedError);
    expect(limited.retryAfterSeconds).toBe(60);
    const methods = ['PASSKEY', 'TOTP'] as const;
    const mfa = errorResultOf({ failure: 'MFA_REQUIRED', challengeToken: 'a token', expiresInSeconds: 300, methods });
    expect(mfa).toBeInstanceOf(MfaRequiredError);
    expect(mfa).toMatchObject({ code: 'MFA_REQUIRED', challengeToken: 'a token', expiresIn: 300, methods });
  });
});
