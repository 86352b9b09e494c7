import { scopeOf } from '../../src/values/scope.js';

describe('the scope of roles', () => {
  it('is `role:NAME` for each role, separated by a space', () => {
    expect(scopeOf(['ADMIN', 'USER'])).toBe('role:ADMIN role:USER');
    expect(scopeOf(['ADMIN'])).toBe('role:ADMIN');
  });

  it('is the empty string for no roles', () => {
    expect(scopeOf([])).toBe('');
  });
});
