import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { Extensions } from 'type-graphql';

import { OperatorError } from '../errors.js';
import { ruleOf } from './schema-rules.js';

const PRIVATE = 'gatehouse.private';
const AFTER_PROOF = 'gatehouse.afterProof';

/**
 * Marks an object type that holds personal data: only fields of ours lead to it, and only under a rule or after a proof. A
 * class that extends it is private too.
 */
export const PrivateType = (): ClassDecorator => Extensions({ [PRIVATE]: true });

/** Marks a result that exists only after the caller has proved its identity, so that `login` can return its own user. */
export const AfterProof = (): ClassDecorator => Extensions({ [AFTER_PROOF]: true });

/** Tells whether a field is ours rather than the application's. `type` is the name of an object type or of an interface. */
export type IsOwnField = (type: string, field: string) => boolean;

/** A way from a root field to a type. */
interface Path {
  readonly type: GraphQLNamedType;
  /** The fields, and the unions and interfaces, that it leads through. */
  readonly steps: readonly string[];
  /** Whether all of its fields are ours. */
  readonly isOwn: boolean;
  /** Whether a rule or a proof protects what it leads to. */
  readonly isProtected: boolean;
}

/**
 * Checks every path from a root field to a private type. An application's field under a rule does not suffice: the rule
 * states who may see the note, not who may see the address of its author.
 *
 * @throws OperatorError that states the first path that is not allowed
 */
export const assertPrivateTypes = (schema: GraphQLSchema, isOwnField: IsOwnField): void => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const pending = roots
    .filter((type) => type != null)
    .map((type): Path => ({ type, steps: [], isOwn: true, isProtected: false }));
  const visited = new Set<string>();
  for (let path = pending.shift(); path; path = pending.shift()) {
    const { type, steps, isOwn, isProtected } = path;
    const key = `${type.name} ${String(isOwn)} ${String(isProtected)}`;
    if (visited.has(key)) continue;
    visited.add(key);
    if (type.extensions[PRIVATE] === true && !(isOwn && isProtected)) {
      throw new OperatorError(
        `${steps.join(' > ')} leads to the private type ${type.name}. Use UserProfile: ${type.name} is reserved for Gatehouse's own fields under a rule.`,
      );
    }
    pending.push(...nextPaths(schema, path, isOwnField));
  }
};

const nextPaths = (schema: GraphQLSchema, path: Path, isOwnField: IsOwnField): Path[] => {
  const { type } = path;
  const isProtected = path.isProtected || type.extensions[AFTER_PROOF] === true;
  const members = isAbstractType(type)
    ? schema
        .getPossibleTypes(type)
        .map((member): Path => ({ ...path, type: member, steps: [...path.steps, type.name], isProtected }))
    : [];
  const fields: GraphQLField<unknown, unknown>[] =
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  return [
    ...members,
    ...fields.map((field): Path => {
      const rule = ruleOf(field);
      return {
        type: getNamedType(field.type),
        steps: [...path.steps, `${type.name}.${field.name}`],
        isOwn: path.isOwn && isOwnField(type.name, field.name),
        isProtected: isProtected || (rule !== undefined && rule.kind !== 'public'),
      };
    }),
  ];
};
