import { Extensions, getMetadataStorage } from 'type-graphql';

import { GatehouseError, type UnauthenticatedReason } from '../errors.js';

/**
 * Who may pass a field. A rule is data, so that checking, printing and linting read the same thing.
 *
 * `roles` is what one of must be held.
 */
export type Rule =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'roles'; readonly roles: readonly string[] };

/** As much of a caller as a rule looks at. */
export type Principal =
  | { readonly kind: 'anonymous'; readonly reason: UnauthenticatedReason }
  | { readonly kind: 'user'; readonly roles: readonly string[] };

const PUBLIC = 'gatehouse.public';

/**
 * Opens a root field to everybody, and says why. Every root field bears this or type-graphql's `@Authorized`; one that
 * bears neither keeps the server from starting.
 */
export const Public = (reason: string): ReturnType<typeof Extensions> => Extensions({ [PUBLIC]: reason });

/** Why a principal may not pass, or nothing when it may. Pure and synchronous. */
export const refusalOf = (rule: Rule | undefined, principal: Principal): GatehouseError | undefined => {
  if (!rule || rule.kind === 'public') return undefined;
  if (principal.kind === 'anonymous') return new GatehouseError('UNAUTHENTICATED', { reason: principal.reason });
  if (rule.kind === 'authenticated' || rule.roles.some((role) => principal.roles.includes(role))) return undefined;
  return new GatehouseError('FORBIDDEN');
};

/** A class that decorators were put on. */
export type Target = abstract new (...args: never[]) => unknown;

/** A property or method that decorators were put on. `target` is the class that holds it. */
export interface Member {
  readonly target: object;
  readonly name: string;
}

/** A class and those it extends, itself first. */
export const lineage = (target: object): object[] => {
  const parent = Object.getPrototypeOf(target) as { prototype?: unknown } | null;
  return parent?.prototype === undefined ? [target] : [target, ...lineage(parent)];
};

/**
 * Folds what members and classes state into one rule. Alone, type-graphql lets the nearest replace the rest: a field of
 * an administrators' type that says `@Authorized()` would open to everybody who is logged in. Here rules add up, and
 * what cannot be added up does not build.
 *
 * @param place where the rule holds, for the one who must mend it
 * @throws Error when `@Public` stands together with `@Authorized`, or two lists of roles differ
 */
export const foldRules = (place: string, members: readonly Member[], classes: readonly object[]): Rule | undefined => {
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
