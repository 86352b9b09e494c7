import { readBearerToken } from '../../../src/auth/access/authorization-header.js';
import { GatehouseError } from '../../../src/errors.js';

const refusal = (headers: readonly string[]) => {
  try {
    return `accepted: ${readBearerToken(headers)}`;
  } catch (error) {
    return error instanceof GatehouseError ? error.code : error;
  }
};

describe('bearerToken', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER abc', 'Bearer   abc', 'Bearer \t abc', 'Bearer\tabc'])(
    'reads %j',
    (header) => {
      expect(readBearerToken([header])).toBe('abc');
    },
  );

  it.each([
    [[]],
    [['']],
    [['   ']],
    [['Basic dXNlcjpwYXNz']],
    [['abc']],
    [['Bearerabc']],
    [['Bearer\u00a0abc']],
    [['\u00a0Bearer abc']],
    [['Digest username="bearer"']],
  ])('finds no credential of ours in %j', (headers: string[]) => {
    expect(readBearerToken(headers)).toBeUndefined();
  });

  it.each([
    ['Bearer', ''],
    ['Bearer ', ''],
    ['Bearer null', 'null'],
    ['Bearer undefined', 'undefined'],
    ['Bearer {{token}}', '{{token}}'],
  ])('takes %j for a credential, which cannot be used', (header, credential) => {
    expect(readBearerToken([header])).toBe(credential);
  });

  it.each([
    [['Bearer abc', 'Bearer abc']],
    [['Basic dXNlcjpwYXNz', 'Bearer abc']],
    [['', '']],
    [['Bearer abc, Bearer def']],
    [['Bearer abc,Bearer def']],
    [['Bearer abc def']],
    [['Bearer abc,']],
    [['Basic dXNlcjpwYXNz, Bearer abc']],
    [['Basic dXNlcjpwYXNz,bearer abc']],
  ])('refuses two credentials: %j', (headers: string[]) => {
    expect(refusal(headers)).toBe('BAD_AUTHORIZATION_HEADER');
  });
});
