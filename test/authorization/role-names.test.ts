import { assertRoleNames } from '../../src/authorization/role-names.js';

describe('the name of a role', () => {
  it.each(['ADMIN', 'TEAM_LEAD', '_x', 'Level2'])('can be %s', (name) => {
    expect(() => {
      assertRoleNames(['USER', name]);
    }).not.toThrow();
  });

  it.each(['team-lead', 'team lead', '', '2ND_LEVEL', 'true', 'false', 'null', '__secret', 'ÄRZTIN', 'A"B', 'A\n'])(
    'cannot be %j, because it is a value of a GraphQL enum',
    (name) => {
      expect(() => {
        assertRoleNames(['USER', name]);
      }).toThrow(`src/app/roles.ts: "${name}" cannot be a role.`);
    },
  );
});
