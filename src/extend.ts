/**
 * Everything that code in src/app may import from Gatehouse. All other modules may change in any release.
 *
 * - `Authorized` and `Public` state the rule of a field. `requireUser(context)` returns the user of a field under a rule.
 * - `User` and `UserProfile` are the types to add fields to, with `@Resolver(() => User)` and `@FieldResolver`.
 * - `findUserProfile(context, id)` returns the profile of a user, for fields of the type `UserProfile`. No field of src/app
 *   may lead to `User`.
 */
export { Authorized, Public } from './authorization/rule.js';
export { requireUser, type Context } from './graphql/context.js';
export { findUserProfile } from './graphql/user-profile.js';
export { User, UserProfile } from './graphql/users/users.types.js';
