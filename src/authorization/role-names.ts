import { OperatorError } from '../errors.js';
import { isOwnRole } from '../values/roles.js';

/**
 * Checks that each role of the application can be a value of a GraphQL enum, and is none of ours. It can then be a part of a
 * scope too: it contains no space, and neither the scope of another role nor two of them.
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
  const taken = names.find(isOwnRole);
  if (taken !== undefined)
    throw new OperatorError(
      `src/app/roles.ts: "${taken}" is a role of Gatehouse, which every deployment has. Remove it.`,
    );
};
