/**
 * Every role of this deployment, with its description in the schema. Add yours here; `USER` and `ADMIN` must stay. A name
 * consists of letters, digits and underscores.
 */
export const roles = {
  USER: 'A user. Every user has this role.',
  ADMIN: 'An administrator, who can manage every account.',
} as const;

/** The name of a role in the schema, in the token and in the database. */
export type Role = keyof typeof roles;

/** Returns the names that are roles of this deployment. A role that was removed from the list above grants nothing any more. */
export const knownRoles = (names: readonly string[]): Role[] =>
  names.filter((name): name is Role => Object.hasOwn(roles, name));
