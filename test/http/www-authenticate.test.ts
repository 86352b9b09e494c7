import { GatehouseError } from '../../src/errors.js';
import { authenticationHeaders, challengeOf } from '../../src/http/www-authenticate.js';

describe('the challenge (RFC 6750 section 3)', () => {
  it('has no error code when the request has no credential', () => {
    expect(challengeOf('MISSING')).toBe('Bearer realm="gatehouse"');
  });

  it('tells an expired token apart from an invalid one', () => {
    expect(challengeOf('TOKEN_INVALID')).toBe('Bearer error="invalid_token"');
    expect(challengeOf('SESSION_REVOKED')).toBe('Bearer error="invalid_token"');
    expect(challengeOf('TOKEN_EXPIRED')).toBe('Bearer error="invalid_token", error_description="expired"');
  });
});

describe('the headers of an error', () => {
  it('contain the challenge of its reason, or of its code', () => {
    expect(authenticationHeaders(new GatehouseError('UNAUTHENTICATED', { reason: 'TOKEN_INVALID' }))).toEqual([
      ['www-authenticate', 'Bearer error="invalid_token"'],
    ]);
    expect(authenticationHeaders(new GatehouseError('FORBIDDEN'))).toEqual([
      ['www-authenticate', 'Bearer error="insufficient_scope"'],
    ]);
    expect(authenticationHeaders(new GatehouseError('FORBIDDEN', { scope: 'role:ADMIN role:USER' }))).toEqual([
      ['www-authenticate', 'Bearer error="insufficient_scope", scope="role:ADMIN role:USER"'],
    ]);
    expect(authenticationHeaders(new GatehouseError('BAD_AUTHORIZATION_HEADER'))).toEqual([
      ['www-authenticate', 'Bearer error="invalid_request"'],
    ]);
  });

  it('contain the time to wait where there is one, and nothing else for any other error', () => {
    expect(authenticationHeaders(new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 3 }))).toEqual([
      ['retry-after', '3'],
    ]);
    expect(authenticationHeaders(new GatehouseError('BAD_REQUEST'))).toEqual([]);
  });
});
