import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { administratorOf } from '../../auth/administrators/administrator.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import {
  DeleteUserInput,
  DeleteUserResult,
  DeleteUserSuccess,
  DisableUserInput,
  DisableUserResult,
  DisableUserSuccess,
  EnableUserInput,
  EnableUserResult,
  EnableUserSuccess,
  RevokeUserSessionsInput,
  RevokeUserSessionsResult,
  RevokeUserSessionsSuccess,
  SetUserRolesInput,
  SetUserRolesResult,
  SetUserRolesSuccess,
  UnlockUserInput,
  UnlockUserResult,
  UnlockUserSuccess,
} from './administrators.types.js';

/** Lets administrators change other users. */
@Resolver()
@Authorized('ADMIN')
export class AdministratorResolver {
  @Mutation(() => SetUserRolesResult, {
    description:
      'Sets the roles of a user. They apply from the next request of the user on. The last administrator keeps the role ADMIN.',
  })
  async setUserRoles(
    @Arg('input', () => SetUserRolesInput, { description: 'The user and its new roles.' }) input: SetUserRolesInput,
    @Ctx() context: Context,
  ): Promise<typeof SetUserRolesResult> {
    const result = await context.auth.users.setRoles(input.userId, input.roles, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new SetUserRolesSuccess(result);
  }

  @Mutation(() => DisableUserResult, {
    description:
      'Disables a user: all sessions end at once and logins are rejected until the user is enabled. The last administrator cannot be disabled.',
  })
  async disableUser(
    @Arg('input', () => DisableUserInput, { description: 'The user to disable.' }) { userId }: DisableUserInput,
    @Ctx() context: Context,
  ): Promise<typeof DisableUserResult> {
    const result = await context.auth.users.disable(userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new DisableUserSuccess(result);
  }

  @Mutation(() => EnableUserResult, { description: 'Enables a disabled user, who can then log in again.' })
  async enableUser(
    @Arg('input', () => EnableUserInput, { description: 'The user to enable.' }) { userId }: EnableUserInput,
    @Ctx() context: Context,
  ): Promise<typeof EnableUserResult> {
    const result = await context.auth.users.enable(userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new EnableUserSuccess(result);
  }

  @Mutation(() => RevokeUserSessionsResult, { description: 'Ends all sessions of a user, or the given ones.' })
  async revokeUserSessions(
    @Arg('input', () => RevokeUserSessionsInput, { description: 'The user and the sessions to revoke.' })
    { userId, sessionIds }: RevokeUserSessionsInput,
    @Ctx() context: Context,
  ): Promise<typeof RevokeUserSessionsResult> {
    const result = await context.auth.users.revokeSessions(userId, actorOf(context), sessionIds ?? null);
    return 'failure' in result ? errorResultOf(result) : new RevokeUserSessionsSuccess(result);
  }

  @Mutation(() => UnlockUserResult, {
    description:
      'Resets the limits of a user’s account: emails to its address, and rejected passwords in its sessions. The limits of networks, which other users share, stay.',
  })
  async unlockUser(
    @Arg('input', () => UnlockUserInput, { description: 'The user to unlock.' }) { userId }: UnlockUserInput,
    @Ctx() context: Context,
  ): Promise<typeof UnlockUserResult> {
    const result = await context.auth.users.unlock(userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new UnlockUserSuccess(result);
  }

  @Mutation(() => DeleteUserResult, {
    description:
      'Deletes a user: all sessions end at once, and the account is erased after 14 days or immediately. The user is notified by email. The last administrator cannot be deleted.',
  })
  async deleteUser(
    @Arg('input', () => DeleteUserInput, { description: 'The user to delete, and when.' })
    { userId, immediately }: DeleteUserInput,
    @Ctx() context: Context,
  ): Promise<typeof DeleteUserResult> {
    const when = immediately ? 'eraseNow' : 'schedule';
    const result = await context.auth.accountDeletion[when](userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new DeleteUserSuccess(userId, result.eraseAfter);
  }
}

const actorOf = (context: Context) => administratorOf(requireUser(context), context.client);
