import { Authorized as AuthorizedByRoles, Extensions, getMetadataStorage } from 'type-graphql';

import { roles, type Role } from '../values/roles.js';
import { GatehouseError, OperatorError, type UnauthenticatedReason } from '../errors.js';
import { scopeOf } from '../values/scope.js';

/**
 * Who may use a field. A rule is data, so that the check, the printed schema and the lint rules read the same value. `roles`
 * requires every role of at least one of its alternatives.
 */
export type Rule = { readonly kind: 'public'; readonly reason: string } | ProtectingRule;

/** A rule that does not admit everybody. */
export type ProtectingRule =
  { readonly kind: 'authenticated' } | { readonly kind: 'roles'; readonly anyOf: readonly RoleSet[] };

type RoleSet = readonly string[];

/** The part of a caller that a rule reads. */
export type Principal =
  | { readonly kind: 'anonymous'; readonly reason: UnauthenticatedReason }
  | { readonly kind: 'user'; readonly roles: readonly string[] };

const PUBLIC = 'gatehouse.public';

/**
 * Makes a root field public and states the reason. Every root field has this decorator or `@Authorized`. The server does not
 * start when one has neither.
 */
export const Public = (reason: string): ReturnType<typeof Extensions> => Extensions({ [PUBLIC]: reason });

/**
 * Protects a field, the fields of a type, or those that a class resolves: the caller must be logged in and, if roles are
 * given, have one of them. Several of these rules on the way to a field must all hold.
 *
 * It is type-graphql's decorator of this name, typed by the roles of this deployment, so that a misspelled role does not compile.
 */
export const Authorized = (...anyOf: readonly Role[]): ReturnType<typeof AuthorizedByRoles> =>
  AuthorizedByRoles<Role>(...anyOf);

/** The rule of a route that needs no caller, and the reason for it. */
export const publicRule = (reason: string): Rule => ({ kind: 'public', reason });

/** The rule of a route whose caller must be logged in and, if roles are given, have one of them. */
export const authorizedRule = (...anyOf: readonly Role[]): Rule => ruleOfRoles(anyOf);

/** Returns a role that a rule requires and that does not exist. */
export const unknownRoleOf = (rule: Rule): string | undefined =>
  rule.kind === 'roles' ? rule.anyOf.flat().find((role) => !Object.hasOwn(roles, role)) : undefined;

/** Returns the error of a principal that a rule does not allow, or undefined. Pure and synchronous. */
export const refusalOf = (rule: Rule | undefined, principal: Principal): GatehouseError | undefined => {
  if (!rule || rule.kind === 'public') return undefined;
  if (principal.kind === 'anonymous') return new GatehouseError('UNAUTHENTICATED', { reason: principal.reason });
  if (rule.kind === 'authenticated') return undefined;
  if (rule.anyOf.some((required) => required.every((role) => principal.roles.includes(role)))) return undefined;
  return new GatehouseError('FORBIDDEN', { scope: scopeOf(rule.anyOf[0] ?? []) });
};

/** A class that has decorators. */
export type Target = abstract new (...args: never[]) => unknown;

/** A property or method that has decorators. `target` is the class that declares it. */
export interface Member {
  readonly target: object;
  readonly name: string;
}

/** Returns a class and the classes that it extends, from the class itself upwards. */
export const classChainOf = (target: object): object[] => {
  const parent = Object.getPrototypeOf(target) as { prototype?: unknown } | null;
  return parent?.prototype === undefined ? [target] : [target, ...classChainOf(parent)];
};

/**
 * Combines the rules of members and classes into one. In type-graphql, the nearest decorator replaces the others: a field
 * with `@Authorized()` in a type for administrators would be open to every logged-in user. Here all decorators apply, and
 * decorators that contradict each other prevent the schema from being built.
 *
 * @param place the field, for the error message
 * @throws OperatorError when `@Public` is combined with `@Authorized`, or when there is no such role
 */
export const combineRules = (
  place: string,
  members: readonly Member[],
  classes: readonly object[],
): Rule | undefined => {
  const { authorizedFields, authorizedResolver, fieldExtensions, classExtensions } = getMetadataStorage();
  const isMember = (entry: { target: unknown; fieldName: string }) =>
    members.some(({ target, name }) => entry.target === target && entry.fieldName === name);
  const isClass = (entry: { target: unknown }) => classes.some((target) => entry.target === target);

  const reasons = [...fieldExtensions.filter(isMember), ...classExtensions.filter(isClass)]
    .map(({ extensions }): unknown => extensions[PUBLIC])
    .filter((reason) => typeof reason === 'string');
  const stated = [...authorizedFields.filter(isMember), ...authorizedResolver.filter(isClass)].map(
    (entry) => entry.roles as RoleSet,
  );
  const [reason] = reasons;
  if (reason !== undefined && stated.length > 0) {
    throw new OperatorError(`${place}: @Public and @Authorized cannot be combined. Remove one of them.`);
  }
  if (reason !== undefined) return { kind: 'public', reason };
  const unknown = stated.flat().find((role) => !Object.hasOwn(roles, role));
  if (unknown !== undefined) {
    const known = Object.keys(roles).join(', ');
    throw new OperatorError(`${place}: src/app/roles.ts has no role "${unknown}". The roles are ${known}.`);
  }
  return allOf(stated.map(ruleOfRoles));
};

const ruleOfRoles = (anyOf: RoleSet): ProtectingRule =>
  anyOf.length === 0 ? { kind: 'authenticated' } : { kind: 'roles', anyOf: anyOf.map((role) => [role]) };

/** Returns the rule that holds when all of the given rules hold; undefined when there are none. */
export const allOf = (rules: readonly ProtectingRule[]): ProtectingRule | undefined => {
  if (rules.length === 0) return undefined;
  const anyOf = rules
    .map((rule) => (rule.kind === 'roles' ? rule.anyOf : [[]]))
    .reduce((left, right) => minimal(left.flatMap((a) => right.map((b) => [...a, ...b]))), [[]]);
  return anyOf.some((required) => required.length === 0) ? { kind: 'authenticated' } : { kind: 'roles', anyOf };
};

/** Sorts alternatives, and drops those that require more than another one does. */
const minimal = (alternatives: readonly RoleSet[]): RoleSet[] => {
  const sets = alternatives.map((required) => [...new Set(required)].sort());
  const sorted = sets.sort((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1));
  return sorted.filter(
    (required, index) => !sorted.slice(0, index).some((smaller) => smaller.every((role) => required.includes(role))),
  );
};
