import { getArgumentValues, isObjectType, OperationTypeNode, type FieldNode, type GraphQLSchema } from 'graphql';

import type { Caller } from '../auth/caller.js';
import { fieldsBelow, type RequestedOperation } from '../authorization/selected-fields.js';
import { GatehouseError } from '../errors.js';

/**
 * Returns the error of a mutation that selects `sessions` of another user whom it changes. The field itself would be refused
 * only after the change was made, and its error would replace the whole result.
 *
 * @param fields the root fields that would run, grouped by response name
 */
export const changedUserSessionsRefusal = (
  schema: GraphQLSchema,
  requested: RequestedOperation,
  fields: readonly (readonly FieldNode[])[],
  caller: Caller,
): GatehouseError | undefined => {
  const mutations = schema.getMutationType()?.getFields() ?? {};
  const user = schema.getType('User');
  const sessions = isObjectType(user) ? user.getFields()['sessions'] : undefined;
  if (requested.operation.operation !== OperationTypeNode.MUTATION || !sessions) return undefined;
  const isRefused = fields.some((nodes) => {
    const [node] = nodes;
    const field = node && mutations[node.name.value];
    if (!field || !fieldsBelow(schema, requested, nodes).has(sessions)) return false;
    const { input } = getArgumentValues(field, node, requested.variables) as { input?: { userId?: string } };
    const userId = input?.userId;
    return userId !== undefined && !(caller.kind === 'user' && caller.userId === userId);
  });
  return isRefused ? new GatehouseError('FORBIDDEN') : undefined;
};
