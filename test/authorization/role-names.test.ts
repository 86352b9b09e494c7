import { assertRoleNames } from '../../src/authorization/role-names.js';

describe('the name of a role', () => {
  it.each(['TEAM_LEAD', '_x', 'Level2'])('can be %s', (name) => {
    expect(() => {
      assertRoleNames(['MANAGER', name]);
    }).not.toThrow();
  });

  it.each([
    'team-lead',
    'team lead',
    '',
    '2ND_LEVEL',
    'true',
    'false',
    'null',
    '__secret',
    'ÄRZTIN',
    'A"B',
    'A\n',
    'A role:ADMIN',
    'role:ADMIN',
  ])('cannot be %j, because it is a value of a GraphQL enum', (name) => {
    expect(() => {
      assertRoleNames(['MANAGER', name]);
    }).toThrow(`src/app/roles.ts: "${name}" cannot be a role.`);
  });

  it.each(['USER', 'ADMIN'])('cannot be %s, which every deployment has', (name) => {
    expect(() => {
      assertRoleNames(['MANAGER', name]);
    }).toThrow(`src/app/roles.ts: "${name}" is a role of Gatehouse`);
  });
});
