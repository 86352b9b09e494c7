import { scopeOf } from '../../src/values/scope.js';

describe('scopeOf', () => {
  it('is one scope for each role, separated by spaces', () => {
    expect(scopeOf(['USER', 'ADMIN'])).toBe('role:USER role:ADMIN');
  });

  it('is empty without roles', () => {
    expect(scopeOf([])).toBe('');
  });
});
