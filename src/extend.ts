/**
 * Everything that code in src/app may import from Gatehouse. All other modules may change in any release. This one follows semantic
 * versioning, and docs/extend.api.md shows each change as a diff. The examples are one small application.
 */
import 'reflect-metadata';

import { User as OwnUser, UserProfile as OwnUserProfile } from './graphql/users/users.types.js';

/**
 * `Authorized` and `Public` state the rule of a field, and `authorizedRule` and `publicRule` that of a route. `requireUser` returns
 * the caller of a field under a rule. `RateLimit` limits a root field; a refusal is `RateLimitedError` if the result union has it,
 * otherwise the request error `RATE_LIMITED`.
 *
 * @example
 * ```ts
 * // src/app/roles.ts
 * export const roles = { MANAGER: 'A manager, who can see the number of projects.' } as const;
 * ```
 *
 * ```ts
 * // src/app/statistics.resolver.ts
 * import { Ctx, ID, Int, Query, Resolver } from 'type-graphql';
 *
 * import { Authorized, Public, RateLimit, requireUser, type Context } from '../extend.js';
 * import { projects } from './projects.js';
 *
 * @Resolver()
 * export class StatisticsResolver {
 *   @Query(() => Int, { nullable: true, description: 'The number of projects.' })
 *   @Authorized('MANAGER')
 *   projectCount(): number {
 *     return projects.length;
 *   }
 *
 *   @Query(() => ID, { nullable: true, description: 'The id of the caller.' })
 *   @Authorized()
 *   myId(@Ctx() context: Context): string {
 *     return requireUser(context).userId;
 *   }
 *
 *   @Query(() => Int, { nullable: true, description: 'The number of users who have a project.' })
 *   @Public('The start page shows it.')
 *   @RateLimit({ purpose: 'statistics', per: 'network', max: 60, windowSeconds: 60 })
 *   ownerCount(): number {
 *     return new Set(projects.map(({ ownerId }) => ownerId)).size;
 *   }
 * }
 * ```
 */
export { authorizedRule, Authorized, Public, publicRule } from './authorization/rule.js';
export { ApplicationRateLimit as RateLimit } from './authorization/rate-limit.js';
export { requireUser, type Context } from './graphql/context.js';

/**
 * `defineFailure` makes a code of src/app/errors.ts a member of your result unions; a failure with fields of its own is a class that
 * extends `ErrorResult`. `NotFoundError`, `InvalidInputError` and `RateLimitedError` are shared with our operations. A field throws
 * `RequestError` for an error that its caller could not expect: one of your codes, `FORBIDDEN`, `BAD_USER_INPUT` or `SERVICE_UNAVAILABLE`. Its
 * `cause` is for the log. Any other error is logged, and the client reads `INTERNAL_SERVER_ERROR`.
 *
 * @example
 * ```ts
 * // src/app/errors.ts
 * export const resultErrors = {
 *   NAME_TAKEN: {
 *     message: 'You have a project with this name.',
 *     retryable: false,
 *     meaning: 'The caller has a project with the same name. Ask for another one.',
 *   },
 *   PROJECT_LIMIT: {
 *     message: 'You have too many projects.',
 *     retryable: false,
 *     meaning: 'The caller has as many projects as its plan allows. Offer another plan.',
 *   },
 * } as const;
 *
 * export const requestErrors = {
 *   PAYMENT_REQUIRED: {
 *     message: 'A payment is required.',
 *     retryable: false,
 *     status: 402,
 *     meaning: 'The subscription has ended. Show the page of the plans.',
 *   },
 * } as const;
 * ```
 *
 * ```ts
 * // src/app/project.errors.ts
 * import { Field, Int, ObjectType } from 'type-graphql';
 *
 * import { defineFailure, ErrorResult } from '../extend.js';
 *
 * export const NameTakenError = defineFailure('NAME_TAKEN');
 *
 * @ObjectType({ implements: ErrorResult, description: 'Returned when the caller has as many projects as its plan allows.' })
 * export class ProjectLimitError extends ErrorResult {
 *   @Field(() => Int, { description: 'The number of projects that the plan allows.' })
 *   readonly limit: number;
 *
 *   constructor(limit: number) {
 *     super('PROJECT_LIMIT');
 *     this.limit = limit;
 *   }
 * }
 * ```
 *
 * ```ts
 * // src/app/project.resolver.ts
 * import { randomUUID } from 'node:crypto';
 *
 * import { Arg, createUnionType, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
 *
 * import {
 *   Authorized,
 *   InvalidInputError,
 *   NotFoundError,
 *   RateLimit,
 *   RateLimitedError,
 *   RequestError,
 *   requireUser,
 *   type Context,
 * } from '../extend.js';
 * import { NameTakenError, ProjectLimitError } from './project.errors.js';
 * import { Project, projects } from './projects.js';
 *
 * const CreateProjectResult = createUnionType({
 *   name: 'CreateProjectResult',
 *   description: 'The result of `createProject`.',
 *   types: () => [Project, InvalidInputError, NameTakenError, ProjectLimitError, RateLimitedError] as const,
 * });
 *
 * const RenameProjectResult = createUnionType({
 *   name: 'RenameProjectResult',
 *   description: 'The result of `renameProject`.',
 *   types: () => [Project, NotFoundError] as const,
 * });
 *
 * @Resolver()
 * export class ProjectResolver {
 *   @Mutation(() => CreateProjectResult, { description: 'Creates a project.' })
 *   @Authorized()
 *   @RateLimit({ purpose: 'create-project', per: 'user', max: 10, windowSeconds: 3600 })
 *   createProject(
 *     @Arg('name', () => String, { description: 'The name.' }) name: string,
 *     @Ctx() context: Context,
 *   ): typeof CreateProjectResult {
 *     const { userId: ownerId } = requireUser(context);
 *     const own = projects.filter((project) => project.ownerId === ownerId);
 *     if (name.trim() === '') return new InvalidInputError(['name']);
 *     if (own.some((project) => project.name === name)) return new NameTakenError();
 *     if (own.length >= 2) return new ProjectLimitError(2);
 *     const project = Object.assign(new Project(), { id: randomUUID(), name, ownerId, createdAt: new Date() });
 *     projects.push(project);
 *     return project;
 *   }
 *
 *   @Mutation(() => RenameProjectResult, { description: 'Renames a project of the caller.' })
 *   @Authorized()
 *   renameProject(
 *     @Arg('id', () => ID, { description: 'The id of the project.' }) id: string,
 *     @Arg('name', () => String, { description: 'The new name.' }) name: string,
 *     @Ctx() context: Context,
 *   ): typeof RenameProjectResult {
 *     const { userId } = requireUser(context);
 *     const project = projects.find((it) => it.id === id && it.ownerId === userId);
 *     return project ? Object.assign(project, { name }) : new NotFoundError();
 *   }
 *
 *   @Query(() => Int, { nullable: true, description: 'The price of the next project.' })
 *   @Authorized()
 *   nextPrice(): number {
 *     throw new RequestError('PAYMENT_REQUIRED');
 *   }
 * }
 * ```
 */
export { RequestError } from './errors.js';
export { InvalidInputError, NotFoundError, RateLimitedError } from './graphql/error-result.js';
export { defineFailure, ErrorResult } from './graphql/failure.js';

/**
 * A field that returns a list which grows returns a connection with the bounds and cursors of `users`. `connectionOf` defines its
 * type, and `readConnection` reads the page that `PageArguments` state, newest first; the ids are UUIDs of version 7. `list` adds its
 * own conditions to `where`. `DateTime` is the scalar of a time.
 *
 * @example
 * ```ts
 * // src/app/projects.ts
 * import { Field, ID, ObjectType } from 'type-graphql';
 *
 * import { DateTime } from '../extend.js';
 *
 * @ObjectType({ description: 'A project.' })
 * export class Project {
 *   @Field(() => ID, { description: 'The id.' })
 *   readonly id!: string;
 *
 *   @Field(() => String, { description: 'The name.' })
 *   name!: string;
 *
 *   @Field(() => DateTime, { description: 'The time at which the project was created.' })
 *   readonly createdAt!: Date;
 *
 *   readonly ownerId!: string;
 * }
 *
 * export const projects: Project[] = [];
 * ```
 *
 * ```ts
 * // src/app/project-list.resolver.ts
 * import { Args, Ctx, Query, Resolver } from 'type-graphql';
 *
 * import {
 *   Authorized,
 *   connectionOf,
 *   PageArguments,
 *   readConnection,
 *   requireUser,
 *   type Connection,
 *   type Context,
 * } from '../extend.js';
 * import { Project, projects } from './projects.js';
 *
 * const ProjectConnection = connectionOf(Project);
 *
 * @Resolver()
 * export class ProjectListResolver {
 *   @Query(() => ProjectConnection, { nullable: true, description: 'The projects of the caller, newest first.' })
 *   @Authorized()
 *   async projects(
 *     @Args(() => PageArguments) page: PageArguments,
 *     @Ctx() context: Context,
 *   ): Promise<Connection<Project>> {
 *     const { userId } = requireUser(context);
 *     const own = projects.filter(({ ownerId }) => ownerId === userId);
 *     return readConnection(ProjectConnection, page, {
 *       list: async ({ where: { id }, orderBy, take }) => {
 *         const found = own.filter((it) => (id.lt ? it.id < id.lt : true) && (id.gt ? it.id > id.gt : true));
 *         found.sort((a, b) => (a.id < b.id ? -1 : 1) * (orderBy.id === 'asc' ? 1 : -1));
 *         return found.slice(0, take);
 *       },
 *       count: async (take) => Math.min(own.length, take),
 *     });
 *   }
 * }
 * ```
 */
export { connectionOf, PageArguments, readConnection, type Connection } from './graphql/application-connection.js';
export { DateTime } from './graphql/date-time.js';

/**
 * `context.users.profiles(ids)` returns what other users may see of users: for each id a profile, or null if there is none. It and
 * `context.load(name, ids, read)` read once for all fields of a list that call them. No field of src/app may lead to `User`, but both
 * types can have fields of yours.
 *
 * @example
 * ```ts
 * // src/app/user-fields.resolver.ts
 * import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
 *
 * import { User, UserProfile, type Context } from '../extend.js';
 * import { Project, projects } from './projects.js';
 *
 * @Resolver(() => User)
 * export class UserFieldsResolver {
 *   @FieldResolver(() => Int, { description: 'The number of projects of the user.' })
 *   projectCount(@Root() user: User): number {
 *     return projects.filter(({ ownerId }) => ownerId === user.id).length;
 *   }
 * }
 *
 * @Resolver(() => UserProfile)
 * export class UserProfileFieldsResolver {
 *   @FieldResolver(() => String, { description: 'The first letter of the name.' })
 *   initial(@Root() profile: UserProfile): string {
 *     return profile.name?.charAt(0) ?? '?';
 *   }
 * }
 *
 * @Resolver(() => Project)
 * export class ProjectFieldsResolver {
 *   @FieldResolver(() => UserProfile, { nullable: true, description: 'The owner; null if the account was erased.' })
 *   async owner(@Root() project: Project, @Ctx() context: Context): Promise<UserProfile | null> {
 *     const [owner] = await context.users.profiles([project.ownerId]);
 *     return owner ?? null;
 *   }
 * }
 * ```
 *
 * ```ts
 * // src/app/resolvers.ts
 * import { ProjectListResolver } from './project-list.resolver.js';
 * import { ProjectResolver } from './project.resolver.js';
 * import { StatisticsResolver } from './statistics.resolver.js';
 * import { ProjectFieldsResolver, UserFieldsResolver, UserProfileFieldsResolver } from './user-fields.resolver.js';
 *
 * export const resolvers = [
 *   ProjectFieldsResolver,
 *   ProjectListResolver,
 *   ProjectResolver,
 *   StatisticsResolver,
 *   UserFieldsResolver,
 *   UserProfileFieldsResolver,
 * ];
 * ```
 */
export type { Load } from './auth/application/batched-reads.js';
export type { UserProfiles } from './graphql/context.js';
export type User = OwnUser;
export const User: abstract new (...args: never[]) => User = OwnUser;
export type UserProfile = OwnUserProfile;
export const UserProfile: abstract new (...args: never[]) => UserProfile = OwnUserProfile;

/**
 * `context.db` has the models of prisma/schema/app.prisma, and `User` with those of its columns that an application may read; it can
 * write the columns of `extend model User`. In `db.$transaction`, only `tx` can be used. `isUniqueViolation` and
 * `isForeignKeyViolation` recognize an error that an operation can expect, such as a name that is taken. `isUuid` checks an id that
 * a client has sent, which the database would reject with an error.
 *
 * @example
 * ```ts
 * // src/app/storage.ts
 * import { isForeignKeyViolation, isUniqueViolation, isUuid, type ApplicationDb, type ApplicationTx } from '../extend.js';
 *
 * export const findEmails = async (db: ApplicationDb, userIds: readonly string[]): Promise<string[]> => {
 *   const users = await db.user.findMany({ where: { id: { in: userIds.filter(isUuid) } }, select: { email: true } });
 *   return users.map(({ email }) => email);
 * };
 *
 * type Saved = 'SAVED' | 'NAME_TAKEN' | 'NOT_FOUND';
 *
 * export const save = async (db: ApplicationDb, work: (tx: ApplicationTx) => Promise<void>): Promise<Saved> => {
 *   try {
 *     await db.$transaction(work);
 *     return 'SAVED';
 *   } catch (error) {
 *     if (isUniqueViolation(error)) return 'NAME_TAKEN';
 *     if (isForeignKeyViolation(error)) return 'NOT_FOUND';
 *     throw error;
 *   }
 * };
 * ```
 */
export type { ApplicationDb } from './auth/application/application-access.js';
export type { ApplicationTx } from './auth/application/application-tx.js';
export { isUniqueViolation, type ApplicationModels } from './store/application-client.js';
export { isForeignKeyViolation } from './store/errors.js';
export { isUuid } from './values/uuid.js';

/**
 * `Hooks` describes the functions of src/app/hooks.ts, which run inside the flows of Gatehouse.
 *
 * @example
 * ```ts
 * // src/app/hooks.ts
 * import type { Hooks, HookSignUp, HookUser } from '../extend.js';
 *
 * const domainOf = ({ email }: HookSignUp | HookUser): string => email.split('@')[1] ?? '';
 *
 * export const hooks: Hooks = {
 *   beforeSignUp: (signUp) => (domainOf(signUp) === 'example.org' ? { refused: 'SIGN_UP_REFUSED' } : undefined),
 *   userCreated: (tx, user) => tx.mail.send({ userId: user.id }, 'payment-received', { amount: '0' }),
 *   accessTokenClaims: (user) => ({ domain: domainOf(user) }),
 * };
 * ```
 */
export type { Hooks, HookSignUp, HookUser } from './auth/application/hooks.js';

/**
 * Variables (src/app/config.ts, `context.config`), jobs (src/app/jobs.ts, `tx.enqueue`), mails (src/app/mails/mails.ts,
 * `tx.mail.send`) and routes (src/app/routes.ts), with the example of a payment service: its webhook queues a job, and the job sends
 * a mail.
 *
 * @example
 * ```ts
 * // src/app/config.ts
 * import { formats, type ConfigOf, type Variables } from '../extend.js';
 *
 * export const variables = {
 *   PAYMENTS_WEBHOOK_SECRET: {
 *     format: formats.secret,
 *     isSecret: true,
 *     default: 'development-kvHfFDxnLjZqTQzQmYrd',
 *     reason: 'The secret with which the payment service signs its webhooks.',
 *   },
 * } as const satisfies Variables;
 *
 * declare module '../extend.js' {
 *   interface ApplicationConfig extends ConfigOf<typeof variables> {}
 * }
 * ```
 *
 * ```ts
 * // src/app/mails/mails.ts
 * import type { Mails, ValuesOfMails } from '../../extend.js';
 *
 * export const mails = {
 *   'payment-received': { en: { subject: 'Payment received', paragraphs: ['{service} has received {amount}.'] } },
 * } as const satisfies Mails;
 *
 * declare module '../../extend.js' {
 *   interface MailValues extends ValuesOfMails<typeof mails> {}
 * }
 * ```
 *
 * ```ts
 * // src/app/jobs.ts
 * import type { ApplicationTx, JobContext, Jobs } from '../extend.js';
 *
 * declare module '../extend.js' {
 *   interface JobPayloads {
 *     'confirm-payment': { readonly userId: string; readonly amount: string };
 *   }
 * }
 *
 * export const enqueueConfirmation = (tx: ApplicationTx, userId: string, amount: string): Promise<void> =>
 *   tx.enqueue('confirm-payment', { userId, amount });
 *
 * export const jobs: Jobs = {
 *   'confirm-payment': {
 *     async run({ userId, amount }, { mail }: JobContext) {
 *       await mail.send({ userId }, 'payment-received', { amount });
 *     },
 *   },
 * };
 * ```
 *
 * ```ts
 * // src/app/routes.ts
 * import {
 *   authorizedRule,
 *   isHmacSignature,
 *   publicRule,
 *   type Route,
 *   type RouteRequest,
 *   type RouteResponse,
 * } from '../extend.js';
 * import { enqueueConfirmation } from './jobs.js';
 *
 * const health = (_request: RouteRequest): RouteResponse => ({ status: 200, body: { isReady: true } });
 *
 * export const routes: readonly Route[] = [
 *   { method: 'GET', url: '/app/payments/health', rule: authorizedRule('ADMIN'), handler: health },
 *   {
 *     method: 'POST',
 *     url: '/app/payments',
 *     rule: publicRule('Signed by the payment service.'),
 *     async handler({ headers, body }, { config, db }) {
 *       const secret = config.paymentsWebhookSecret;
 *       if (!isHmacSignature(String(headers['x-signature']), { secret, message: body })) return { status: 403 };
 *       const { userId, amount } = JSON.parse(body.toString()) as { userId: string; amount: string };
 *       await db.$transaction((tx) => enqueueConfirmation(tx, userId, amount));
 *       return { status: 204 };
 *     },
 *   },
 * ];
 * ```
 */
export type { ApplicationAccess } from './auth/application/application-access.js';
export type { ApplicationMailer } from './auth/application/application-tx.js';
export type { Job, JobContext, Jobs } from './auth/application/jobs.js';
export type { EnqueueOptions } from './auth/job-queue.js';
export type { MailRecipient } from './auth/unit-of-work.js';
export { formats } from './config/application-formats.js';
export type { ConfigOf, Variables } from './config/application-variables.js';
export type { Route, RouteRequest, RouteResponse } from './http/application-routes.js';
export type { Mails, MailText, ValuesOfMails } from './mail/application-mails.js';
export { isHmacSignature } from './security/hmac-signature.js';
export * from './values/application-types.js';
