/**
 * Everything that code in src/app may import from Gatehouse. All other modules may change in any release.
 *
 * `Authorized` and `Public` state the rule of a field. `requireUser(context)` returns the user of a field under a rule.
 */
export { Authorized } from 'type-graphql';

export { Public } from './authorization/rule.js';
export { requireUser, type Context } from './graphql/context.js';
