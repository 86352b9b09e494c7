import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { administratorOf } from '../../auth/administrators/administrator.js';
import { internalsOf, requireUser, type Context } from '../context.js';
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
      'Replaces the roles of a user. The new roles apply from the next request of the user on; its access token shows them after the next refresh. Returns `LastAdministratorError` instead of removing `ADMIN` from the last administrator who can log in.',
  })
  async setUserRoles(
    @Arg('input', () => SetUserRolesInput, { description: 'The user and its new roles.' }) input: SetUserRolesInput,
    @Ctx() context: Context,
  ): Promise<typeof SetUserRolesResult> {
    const result = await internalsOf(context).auth.users.setRoles(input.userId, input.roles, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new SetUserRolesSuccess(result);
  }

  @Mutation(() => DisableUserResult, {
    description:
      'Disables a user: all sessions end at once, links that were emailed become invalid, and logins are rejected until the user is enabled. Succeeds if the user is disabled already. Returns `LastAdministratorError` for the last administrator who can log in.',
  })
  async disableUser(
    @Arg('input', () => DisableUserInput, { description: 'The user to disable.' }) { userId }: DisableUserInput,
    @Ctx() context: Context,
  ): Promise<typeof DisableUserResult> {
    const result = await internalsOf(context).auth.users.disable(userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new DisableUserSuccess(result);
  }

  @Mutation(() => EnableUserResult, {
    description: 'Enables a disabled user, who can then log in again. Succeeds if the user is not disabled.',
  })
  async enableUser(
    @Arg('input', () => EnableUserInput, { description: 'The user to enable.' }) { userId }: EnableUserInput,
    @Ctx() context: Context,
  ): Promise<typeof EnableUserResult> {
    const result = await internalsOf(context).auth.users.enable(userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new EnableUserSuccess(result);
  }

  @Mutation(() => RevokeUserSessionsResult, {
    description: 'Ends all sessions of a user, or the given ones. Their tokens are rejected from now on.',
  })
  async revokeUserSessions(
    @Arg('input', () => RevokeUserSessionsInput, { description: 'The user and the sessions to end.' })
    { userId, sessionIds }: RevokeUserSessionsInput,
    @Ctx() context: Context,
  ): Promise<typeof RevokeUserSessionsResult> {
    const result = await internalsOf(context).auth.users.revokeSessions(userId, actorOf(context), sessionIds ?? null);
    return 'failure' in result ? errorResultOf(result) : new RevokeUserSessionsSuccess(result);
  }

  @Mutation(() => UnlockUserResult, {
    description:
      'Lifts the limits of an account: the lock of logins (`User.loginLockedUntil`), the limits of emails to its address, and the wrong passwords counted in its sessions. The limits of networks, which other users share, stay.',
  })
  async unlockUser(
    @Arg('input', () => UnlockUserInput, { description: 'The user to unlock.' }) { userId }: UnlockUserInput,
    @Ctx() context: Context,
  ): Promise<typeof UnlockUserResult> {
    const result = await internalsOf(context).auth.users.unlock(userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new UnlockUserSuccess(result);
  }

  @Mutation(() => DeleteUserResult, {
    description: `Schedules the deletion of a user, or erases the account immediately. All sessions end at once, and the user is notified by email. If the deletion is scheduled already, it keeps its time, and no second email is sent. Administrators can delete themselves. Returns \`LastAdministratorError\` for the last administrator who can log in.`,
  })
  async deleteUser(
    @Arg('input', () => DeleteUserInput, { description: 'The user to delete, and when.' })
    { userId, immediately }: DeleteUserInput,
    @Ctx() context: Context,
  ): Promise<typeof DeleteUserResult> {
    const when = immediately ? 'eraseNow' : 'schedule';
    const result = await internalsOf(context).auth.accountDeletion[when](userId, actorOf(context));
    return 'failure' in result ? errorResultOf(result) : new DeleteUserSuccess(userId, result.eraseAfter);
  }
}

const actorOf = (context: Context) => administratorOf(requireUser(context), internalsOf(context).client);
