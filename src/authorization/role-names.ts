import { OperatorError } from '../errors.js';

/**
 * Checks that each role can be a value of a GraphQL enum. It can then be a part of a scope too.
 *
 * @throws OperatorError that names the first role that cannot
 */
export const assertRoleNames = (names: readonly string[]): void => {
  const wrong = names.find((name) => !/^(?!__|(?:true|false|null)$)[A-Za-z_]\w*$/.test(name));
  if (wrong !== undefined) {
    throw new OperatorError(
      `src/app/roles.ts: "${wrong}" cannot be a role. Use letters, digits and underscores, such as TEAM_LEAD.`,
    );
  }
};
