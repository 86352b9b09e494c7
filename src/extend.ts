/**
 * Everything that code in src/app may import from Gatehouse. All other modules may change in any release.
 *
 * - `Authorized` and `Public` state the rule of a field. `requireUser(context)` returns the user of a field under a rule.
 * - `User` and `UserProfile` are the types to add fields to, with `@Resolver(() => User)` and `@FieldResolver`.
 * - `Hooks` describes the functions of src/app/hooks.ts, which the flows call. `HookUser` and `HookSignUp` are what they are given.
 * - `context.users.profiles(ids)` returns the profiles of users, for fields of the type `UserProfile`. No field of src/app may lead
 *   to `User`.
 * - `context.load(name, ids, read)` reads once for all fields of a list that call it.
 */
import 'reflect-metadata';

export { isHmacSignature } from './security/hmac-signature.js';
export type { ApplicationAccess, ApplicationDb } from './auth/application/application-access.js';
export type { ApplicationMailer, ApplicationTx } from './auth/application/application-tx.js';
export type { Hooks, HookSignUp, HookUser } from './auth/application/hooks.js';
export type { Load } from './auth/application/batched-reads.js';
export type { Job, JobContext, Jobs } from './auth/application/jobs.js';
export type { EnqueueOptions } from './auth/job-queue.js';
export type { MailRecipient } from './auth/unit-of-work.js';
export { authorizedRule, Authorized, Public, publicRule } from './authorization/rule.js';
export { ApplicationRateLimit as RateLimit } from './authorization/rate-limit.js';
export { formats } from './config/application-formats.js';
export type { ConfigOf, Variables } from './config/application-variables.js';
export { RequestError } from './errors.js';
export { connectionOf, PageArguments, readConnection, type Connection } from './graphql/application-connection.js';
export { requireUser, type Context, type UserProfiles } from './graphql/context.js';
export { DateTime } from './graphql/date-time.js';
export { InvalidInputError, NotFoundError, RateLimitedError } from './graphql/error-result.js';
export { defineFailure, ErrorResult } from './graphql/failure.js';
export { isUniqueViolation, type ApplicationModels } from './store/application-client.js';
export { isForeignKeyViolation } from './store/errors.js';
export { User, UserProfile } from './graphql/users/users.types.js';
export type { Route, RouteRequest, RouteResponse } from './http/application-routes.js';
export type { Mails, MailText, ValuesOfMails } from './mail/application-mails.js';
export * from './values/application-types.js';
