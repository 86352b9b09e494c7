import {
  getVariableValues,
  isNonNullType,
  OperationTypeNode,
  TypeInfo,
  ValidationContext,
  type FieldNode,
  type GraphQLSchema,
} from 'graphql';
import { Extensions } from 'type-graphql';

import { GatehouseError } from '../errors.js';
import { documentLimits, tooComplex } from './document-limits.js';
import { costOfOperation } from './operation-cost.js';
import { refusalOf, type Principal, type Rule } from './rule.js';
import { ruleOf } from './schema-rules.js';
import { fieldsBelow, type RequestedOperation } from './selected-fields.js';
import { explainVariables } from './variable-explanation.js';
import { isDeeperThan } from './variable-depth.js';

const ONCE = 'gatehouse.once';

/** Names the limit of a field that is marked with `OncePerDocument`. */
export const ONCE_MESSAGE = 'The document selects a field several times that it may select only once.';

/** Marks a root field that an operation may select only once, because it costs as much as all other fields together. */
export const OncePerDocument = (): ReturnType<typeof Extensions> => Extensions({ [ONCE]: true });

/**
 * Coerces the variables to the types that the operation declares, or returns the error of the first variable that has
 * another type. It stops at the first error, because each error prints the whole value. Deeply nested variables are refused first.
 *
 * A variable with a default is allowed at a non-null position although its value may be null. graphql-js detects that only
 * when the field runs, and reports it as an internal error.
 *
 * @param introspection whether the client may read the schema; the error then says what is wrong
 */
export const coerceVariables = (
  schema: GraphQLSchema,
  { document, operation, variables }: RequestedOperation,
  introspection: boolean,
): Readonly<Record<string, unknown>> | GatehouseError => {
  if (isDeeperThan(variables, documentLimits.variableDepth.max)) return tooComplex(documentLimits.variableDepth);
  const declared = operation.variableDefinitions ?? [];
  const options = { maxErrors: 1, hideSuggestions: true };
  const { coerced = {}, errors = [] } = getVariableValues(schema, declared, variables, options);
  if (errors.length > 0)
    return variableError(introspection ? explainVariables(schema, declared, variables) : undefined);

  // graphql-js looks up an absent variable in a plain object, so a name such as `constructor` finds an inherited property.
  const inherited = declared.map(({ variable }) => variable.name.value).find((name) => isInherited(coerced, name));
  if (inherited !== undefined) return variableError(`Variable "$${inherited}" was not provided.`);
  if (!Object.values(coerced).includes(null)) return coerced;

  const context = new ValidationContext(schema, document, new TypeInfo(schema), () => undefined);
  const misplaced = context
    .getRecursiveVariableUsages(operation)
    .find(({ node, type }) => isNonNullType(type) && coerced[node.name.value] === null);
  return misplaced ? variableError(`Variable "$${misplaced.node.name.value}" must not be null.`) : coerced;
};

const isInherited = (coerced: object, name: string) => name in coerced && !Object.hasOwn(coerced, name);

const variableError = (explanation: string | undefined) =>
  new GatehouseError('BAD_USER_INPUT', explanation === undefined ? {} : { explanation });

/** What is wrong with an operation that costs more than MAX_QUERY_COST. */
export const COST_EXCESS = 'The operation costs too much';

/** Returns the error of an operation that costs more than MAX_QUERY_COST, or undefined. */
export const costErrorOf = (
  schema: GraphQLSchema,
  requested: RequestedOperation,
  maxQueryCost: number,
): GatehouseError | undefined => {
  const cost = costOfOperation(schema, requested);
  return cost > maxQueryCost ? tooComplex({ excess: COST_EXCESS, max: maxQueryCost }, cost) : undefined;
};

/**
 * Decides before execution whether an operation as a whole is refused, so that the HTTP status is correct and a mutation
 * never stops half-way.
 *
 * - With a credential that cannot be used, any protected root field causes a refusal: the client should refresh its token
 *   instead of reading a partial response.
 * - A mutation is refused if any of its root fields is, or a field below that cannot be null: its error would replace the
 *   result of a change that was made, and the client would believe that the change had failed.
 * - A query is refused if all of its root fields are. Otherwise the allowed fields return data.
 *
 * `__typename` and introspection count neither as public nor as protected. Too many root fields are refused for every caller.
 *
 * @param fields the result of `rootFieldsOf` for the operation
 * @returns the reason of the refusal, or undefined
 */
export const checkOperation = (
  schema: GraphQLSchema,
  requested: RequestedOperation,
  fields: readonly (readonly FieldNode[])[],
  principal: Principal,
): GatehouseError | undefined => {
  const { operation } = requested.operation;
  const isMutation = operation === OperationTypeNode.MUTATION;
  const limit = isMutation ? documentLimits.mutationFields : documentLimits.queryFields;
  if (fields.length > limit.max) return tooComplex(limit, fields.length);
  const definitions = schema.getRootType(operation)?.getFields() ?? {};
  const selected = fields.flat().map((node) => definitions[node.name.value]);
  const once = selected.filter((field) => field?.extensions[ONCE] === true);
  if (new Set(once).size < once.length) return new GatehouseError('QUERY_TOO_COMPLEX', { limit: ONCE_MESSAGE });

  const rules = fields
    .map(([node]) => node && definitions[node.name.value])
    .filter((field) => field !== undefined)
    .map((field): Rule | undefined => ruleOf(field));
  const refusals = rules.map((rule) => refusalOf(rule, principal)).filter((error) => error !== undefined);
  const [first] = refusals;
  if (!first) return isMutation ? refusalBelow(schema, requested, fields, principal) : undefined;

  const isUnusable = principal.kind === 'anonymous' && principal.reason !== 'MISSING';
  const isEveryFieldRefused = refusals.length === rules.length;
  return isUnusable || isMutation || isEveryFieldRefused ? first : undefined;
};

const refusalBelow = (
  schema: GraphQLSchema,
  requested: RequestedOperation,
  fields: readonly (readonly FieldNode[])[],
  principal: Principal,
): GatehouseError | undefined => {
  const required = [...fieldsBelow(schema, requested, fields.flat())].filter(({ type }) => isNonNullType(type));
  return required.map((field) => refusalOf(ruleOf(field), principal)).find((error) => error !== undefined);
};
