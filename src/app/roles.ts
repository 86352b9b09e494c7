/** Every role of this deployment. Add yours here; `USER` and `ADMIN` must stay. */
export const roles = {
  USER: 'Somebody with an account.',
  ADMIN: 'May manage every account.',
} as const;

/** The name of a role, which is the same in the schema, in the token and in the database. */
export type Role = keyof typeof roles;

/** Returns the roles that are in the list above. A role that was removed from it no longer grants anything. */
export const knownRoles = (names: readonly string[]): Role[] =>
  names.filter((name): name is Role => Object.hasOwn(roles, name));
