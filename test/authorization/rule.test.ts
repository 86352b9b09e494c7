import { refusalOf } from '../../src/authorization/rule.js';

describe('refusal', () => {
  const anonymous = { kind: 'anonymous', reason: 'TOKEN_EXPIRED' } as const;
  const user = { kind: 'user', roles: ['USER'] } as const;
  const admin = { kind: 'user', roles: ['ADMIN', 'USER'] } as const;
  const roles = { kind: 'roles', roles: ['ADMIN', 'AUDITOR'] } as const;

  it.each([
    ['nobody passes a public field', { kind: 'public', reason: 'for a test' } as const, anonymous, undefined],
    ['nobody is refused where somebody is asked for', { kind: 'authenticated' } as const, anonymous, 'UNAUTHENTICATED'],
    ['nobody is refused where a role is asked for', roles, anonymous, 'UNAUTHENTICATED'],
    ['somebody passes where somebody is asked for', { kind: 'authenticated' } as const, user, undefined],
    ['somebody without any of the roles is refused', roles, user, 'FORBIDDEN'],
    ['one of the roles is enough', roles, admin, undefined],
  ])('%s', (_sentence, rule, principal, code) => {
    expect(refusalOf(rule, principal)?.code).toBe(code);
  });

  it('hands on why nobody is recognised', () => {
    expect(refusalOf(roles, anonymous)?.detail.reason).toBe('TOKEN_EXPIRED');
  });
});
