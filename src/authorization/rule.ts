import { Extensions, getMetadataStorage } from 'type-graphql';

import { GatehouseError, type UnauthenticatedReason } from '../errors.js';

/**
 * Who may use a field. A rule is data, so that the check, the printed schema and the lint rules read the same value. `roles`
 * requires at least one of its roles.
 */
export type Rule =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'roles'; readonly roles: readonly string[] };

/** The part of a caller that a rule reads. */
export type Principal =
  | { readonly kind: 'anonymous'; readonly reason: UnauthenticatedReason }
  | { readonly kind: 'user'; readonly roles: readonly string[] };

const PUBLIC = 'gatehouse.public';

/**
 * Makes a root field public and states the reason. Every root field has this decorator or type-graphql's `@Authorized`. The
 * server does not start when one has neither.
 */
export const Public = (reason: string): ReturnType<typeof Extensions> => Extensions({ [PUBLIC]: reason });

/** Returns the error of a principal that a rule does not allow, or undefined. Pure and synchronous. */
export const refusalOf = (rule: Rule | undefined, principal: Principal): GatehouseError | undefined => {
  if (!rule || rule.kind === 'public') return undefined;
  if (principal.kind === 'anonymous') return new GatehouseError('UNAUTHENTICATED', { reason: principal.reason });
  if (rule.kind === 'authenticated' || rule.roles.some((role) => principal.roles.includes(role))) return undefined;
  return new GatehouseError('FORBIDDEN');
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
 * @throws Error when `@Public` is combined with `@Authorized`, or when two lists of roles differ
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
    ({ roles }) => roles as readonly string[],
  );
  const [reason] = reasons;
  if (reason !== undefined && stated.length > 0) {
    throw new Error(`${place}: @Public and @Authorized exclude each other.`);
  }
  if (reason !== undefined) return { kind: 'public', reason };
  if (stated.length === 0) return undefined;

  const [roles, ...others] = stated.filter((list) => list.length > 0);
  if (!roles) return { kind: 'authenticated' };
  if (others.some((other) => !sameRoles(other, roles))) {
    throw new Error(`${place}: its class asks for other roles than it does itself. State the roles in one place.`);
  }
  return { kind: 'roles', roles: [...roles].sort() };
};

const sameRoles = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((role) => b.includes(role));
