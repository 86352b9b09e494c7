import { Arg, Authorized, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';

import { administratorOf } from '../../auth/administrators/administrator.js';
import type { UserRecord } from '../../auth/users/users.js';
import type { Failure } from '../../errors.js';
import { requireUser, type Context } from '../context.js';
import { published } from '../error-result.js';
import { SetUserRolesInput, UserIdInput } from '../inputs.type.js';
import { AdminUserResult, AdminUserSuccess } from '../results.type.js';
import { fromCursor, User, UserConnection } from './users.types.js';

type Changed = UserRecord | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>;

const result = (changed: Changed): typeof AdminUserResult =>
  'failure' in changed ? published(changed) : new AdminUserSuccess(changed);

const actorOf = (context: Context) => administratorOf(requireUser(context), context.client);

/** Other people's accounts. */
@Resolver()
@Authorized('ADMIN')
export class AdminResolver {
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
    const page = await auth.users.list(first, cursor === null ? null : fromCursor(cursor), search ?? null);
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
    return result(await context.auth.users.setRoles(input.userId, input.roles, actorOf(context)));
  }

  @Mutation(() => AdminUserResult, { description: 'Shuts a user out and ends its sessions.' })
  async disableUser(
    @Arg('input', () => UserIdInput, { description: 'Who.' }) { userId }: UserIdInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return result(await context.auth.users.disable(userId, actorOf(context)));
  }

  @Mutation(() => AdminUserResult, { description: 'Lets a user in again.' })
  async enableUser(
    @Arg('input', () => UserIdInput, { description: 'Who.' }) { userId }: UserIdInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return result(await context.auth.users.enable(userId, actorOf(context)));
  }

  @Mutation(() => AdminUserResult, { description: 'Ends all sessions of a user.' })
  async revokeUserSessions(
    @Arg('input', () => UserIdInput, { description: 'Who.' }) { userId }: UserIdInput,
    @Ctx() context: Context,
  ): Promise<typeof AdminUserResult> {
    return result(await context.auth.users.revokeSessions(userId, actorOf(context)));
  }
}
