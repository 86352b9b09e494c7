/** Every role of this deployment. Add yours here; `USER` and `ADMIN` must stay. */
export const roles = {
  USER: 'Somebody with an account.',
  ADMIN: 'May manage every account.',
} as const;

/** The name of a role, as it stands in the schema, in the token and in the database. */
export type Role = keyof typeof roles;

/** Keeps the roles that this deployment knows; one that was taken out of the list above grants nothing any more. */
export const knownRoles = (names: readonly string[]): Role[] =>
  names.filter((name): name is Role => Object.hasOwn(roles, name));
