import { allOf, refusalOf, type ProtectingRule } from '../../src/authorization/rule.js';

describe('refusal', () => {
  const anonymous = { kind: 'anonymous', reason: 'TOKEN_EXPIRED' } as const;
  const user = { kind: 'user', roles: ['USER'] } as const;
  const admin = { kind: 'user', roles: ['ADMIN', 'USER'] } as const;
  const roles = { kind: 'roles', anyOf: [['ADMIN'], ['AUDITOR']] } as const;
  const bothRoles = { kind: 'roles', anyOf: [['AUDITOR', 'USER'], ['OWNER']] } as const;

  it.each([
    ['nobody passes a public field', { kind: 'public', reason: 'for a test' } as const, anonymous, undefined],
    ['nobody is refused where somebody is asked for', { kind: 'authenticated' } as const, anonymous, 'UNAUTHENTICATED'],
    ['nobody is refused where a role is asked for', roles, anonymous, 'UNAUTHENTICATED'],
    ['somebody passes where somebody is asked for', { kind: 'authenticated' } as const, user, undefined],
    ['somebody without any of the roles is refused', roles, user, 'FORBIDDEN'],
    ['one of the roles is enough', roles, admin, undefined],
    ['one of two roles that are required together is not enough', bothRoles, user, 'FORBIDDEN'],
    ['both of two roles that are required together are', bothRoles, { ...user, roles: ['USER', 'AUDITOR'] }, undefined],
    ['an alternative to them is', bothRoles, { ...user, roles: ['OWNER'] }, undefined],
  ])('%s', (_sentence, rule, principal, code) => {
    expect(refusalOf(rule, principal)?.code).toBe(code);
  });

  it('contains the reason why the caller is anonymous', () => {
    expect(refusalOf(roles, anonymous)?.detail.reason).toBe('TOKEN_EXPIRED');
  });

  it('names the scope that the first alternative of the rule requires', () => {
    expect(refusalOf(roles, user)?.detail.scope).toBe('role:ADMIN');
    expect(refusalOf(bothRoles, user)?.detail.scope).toBe('role:AUDITOR role:USER');
    expect(refusalOf(roles, anonymous)?.detail.scope).toBeUndefined();
  });
});

describe('rules that must all hold', () => {
  const authenticated: ProtectingRule = { kind: 'authenticated' };
  const anyOf = (...alternatives: (readonly string[])[]): ProtectingRule => ({ kind: 'roles', anyOf: alternatives });

  it.each<[string, ProtectingRule[], ProtectingRule | undefined]>([
    ['no rule is no rule', [], undefined],
    ['a login is required once', [authenticated, authenticated], authenticated],
    ['a role includes the login', [authenticated, anyOf(['A']), authenticated], anyOf(['A'])],
    ['two roles are required together', [anyOf(['B']), anyOf(['A'])], anyOf(['A', 'B'])],
    ['the same role is required once', [anyOf(['A']), anyOf(['A'])], anyOf(['A'])],
    [
      'alternatives are multiplied',
      [anyOf(['A'], ['B']), anyOf(['C'], ['D'])],
      anyOf(['A', 'C'], ['A', 'D'], ['B', 'C'], ['B', 'D']),
    ],
    [
      'an alternative that requires more than another is dropped',
      [anyOf(['A'], ['B']), anyOf(['A'], ['C'])],
      anyOf(['A'], ['B', 'C']),
    ],
  ])('%s', (_sentence, rules, expected) => {
    expect(allOf(rules)).toEqual(expected);
  });

  it('admit whom each of them admits, and nobody else', () => {
    const names = ['A', 'B', 'C'];
    const sets = Array.from({ length: 8 }, (_, bits) => names.filter((_name, index) => bits & (1 << index)));
    const rules = [anyOf(['A', 'B'], ['C']), anyOf(['B'], ['C']), anyOf(['A'], ['B', 'C'])];
    for (const roles of sets) {
      const caller = { kind: 'user', roles } as const;
      const isAdmittedByEach = rules.every((rule) => !refusalOf(rule, caller));
      expect([roles, !refusalOf(allOf(rules), caller)]).toEqual([roles, isAdmittedByEach]);
    }
  });
});
