import { roles as applicationRoles } from '../app/roles.js';

const ownRoles = {
  USER: 'A user. Every user has this role.',
  ADMIN: 'An administrator, who can manage every account.',
} as const;

/** Every role of this deployment, with its description in the schema: `USER`, `ADMIN` and those of src/app/roles.ts. */
export const roles = { ...ownRoles, ...applicationRoles } as const;

/** The name of a role in the schema, in the token and in the database. */
export type Role = keyof typeof roles;

/** Returns the names that are roles of this deployment. A role that was removed from src/app/roles.ts grants nothing any more. */
export const knownRoles = (names: readonly string[]): Role[] =>
  names.filter((name): name is Role => Object.hasOwn(roles, name));

/** Whether a role is one of ours, which an application cannot define. */
export const isOwnRole = (name: string): boolean => Object.hasOwn(ownRoles, name);
