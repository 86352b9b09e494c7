import { Arg, Authorized, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';

import { administratorOf } from '../../auth/administrators/administrator.js';
import type { UserRecord } from '../../auth/users/users.js';
import type { Failure } from '../../errors.js';
import { decodeCursor } from '../connection.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import {
  AdminUserResult,
  AdminUserSuccess,
  SetUserRolesInput,
  User,
  USER_CURSOR,
  UserConnection,
  UserIdInput,
} from './users.types.js';

/** Returns the caller's own user. */
@Resolver()
export class UserResolver {
  @Query(() => User, { nullable: true, description: 'Who you are.' })
  @Authorized()
  async me(@Ctx() context: Context): Promise<User | null> {
    const user = await context.auth.users.find(requireUser(context).userId);
    return user ? new User(user) : null;
  }
}

/** Reads and manages the users of this deployment. */
@Resolver()
@Authorized('ADMIN')
export class UserAdministrationResolver {
  @Query(() => UserConnection, { nullable: true, description: 'All users, the newest first.' })
  async users(
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'The cursor after which the page begins.' })
    after: string | null | undefined,
    @Arg('search', () => String, { nullable: true, description: 'A part of the address or of the name.' })
    search: string | null | undefined,
    @Ctx() { auth }: Context,
  ): Promise<UserConnection> {
    const cursor = after ?? null;
    const page = await auth.users.list(
      first,
      cursor === null ? null : decodeCursor(USER_CURSOR, cursor),
      search ?? null,
    );
    return new UserConnection(page, cursor !== null);
  }

  @Query(() => User, { nullable: true, description: 'One user; null when there is none with this id.' })
  async user(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() { auth }: Context,
  ): Promise<User | null> {
    const record = await auth.users.find(id);
    return record ? new User(record) : null;
  }

  @Mutation(() => AdminUserResult, { description: 'Gives a user exactly these roles, from its next request on.' })
  async setUserRoles(
    @Arg('input', () => SetUserRolesInput, { description: 'Who, and which roles.' }) input: SetUserRolesInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return resultOf(await context.auth.users.setRoles(input.userId, input.roles, actorOf(context)));
  }

  @Mutation(() => AdminUserResult, { description: 'Shuts a user out and ends its sessions.' })
  async disableUser(
    @Arg('input', () => UserIdInput, { description: 'Who.' }) { userId }: UserIdInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return resultOf(await context.auth.users.disable(userId, actorOf(context)));
  }

  @Mutation(() => AdminUserResult, { description: 'Lets a user in again.' })
  async enableUser(
    @Arg('input', () => UserIdInput, { description: 'Who.' }) { userId }: UserIdInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return resultOf(await context.auth.users.enable(userId, actorOf(context)));
  }

  @Mutation(() => AdminUserResult, { description: 'Ends all sessions of a user.' })
  async revokeUserSessions(
    @Arg('input', () => UserIdInput, { description: 'Who.' }) { userId }: UserIdInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return resultOf(await context.auth.users.revokeSessions(userId, actorOf(context)));
  }
}

const actorOf = (context: Context) => administratorOf(requireUser(context), context.client);

const resultOf = (changed: UserRecord | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>): typeof AdminUserResult =>
  'failure' in changed ? errorResultOf(changed) : new AdminUserSuccess(changed);
