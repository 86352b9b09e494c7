import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

import type { Role } from '../../app/roles.js';
import type { UserRecord } from '../../auth/users/users.js';
import { DateTime } from '../date-time.js';
import { LastAdministratorError, NotFoundError } from '../error-result.js';
import { resultUnion } from '../union.js';
import { RoleEnum, User } from '../users/users.types.js';

@InputType({ description: 'A user and its new roles.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;

  @Field(() => [RoleEnum], {
    description:
      'The roles that the user has afterwards, in any order. Every user has the role USER, whether or not it is given.',
  })
  readonly roles!: Role[];
}

@InputType({ description: 'The user to disable.' })
export class DisableUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;
}

@InputType({ description: 'The user to enable.' })
export class EnableUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;
}

@InputType({ description: 'The user whose sessions to revoke.' })
export class RevokeUserSessionsInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The ids of the sessions to revoke, or null for all sessions of the user. An id that is not that of a session of the user is ignored.',
  })
  readonly sessionIds?: string[] | null;
}

@InputType({ description: 'The user to unlock.' })
export class UnlockUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;
}

@InputType({ description: 'The user to delete, and when.' })
export class DeleteUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'If false, the account is erased after 14 days, within which the user can log in and cancel. If true, it is erased at once, which cannot be undone.',
  })
  readonly immediately!: boolean;
}

/** A user after a change by an administrator. */
abstract class ChangedUser {
  readonly user: User;

  constructor(record: UserRecord) {
    this.user = new User(record);
  }
}

@ObjectType({
  description: 'Returned when the user has the given roles. They apply from the next request of the user on.',
})
export class SetUserRolesSuccess extends ChangedUser {
  @Field(() => User, { description: 'The user with its new roles.' })
  declare readonly user: User;
}

@ObjectType({ description: 'Returned when the user is disabled and all sessions of the user have ended.' })
export class DisableUserSuccess extends ChangedUser {
  @Field(() => User, { description: 'The disabled user.' })
  declare readonly user: User;
}

@ObjectType({ description: 'Returned when the user is enabled and can log in again. Ended sessions stay ended.' })
export class EnableUserSuccess extends ChangedUser {
  @Field(() => User, { description: 'The enabled user.' })
  declare readonly user: User;
}

@ObjectType({ description: 'Returned when the sessions have ended. Their tokens are rejected from now on.' })
export class RevokeUserSessionsSuccess extends ChangedUser {
  @Field(() => User, { description: 'The user whose sessions have ended.' })
  declare readonly user: User;

  @Field(() => Int, { description: 'The number of sessions that were live until now.' })
  readonly revokedSessions: number;

  constructor({ user, revokedSessions }: { readonly user: UserRecord; readonly revokedSessions: number }) {
    super(user);
    this.revokedSessions = revokedSessions;
  }
}

@ObjectType({ description: 'Returned when all limits of the user’s account have been reset.' })
export class UnlockUserSuccess extends ChangedUser {
  @Field(() => User, { description: 'The unlocked user.' })
  declare readonly user: User;
}

@ObjectType({
  description: 'Returned when the deletion is scheduled or complete. All sessions of the user have ended.',
})
export class DeleteUserSuccess {
  @Field(() => ID, { description: 'The id of the user, for the cache of a client.' })
  readonly userId: string;

  @Field(() => DateTime, {
    description: 'The time after which the account will be erased, or the time at which it was erased.',
  })
  readonly deletionScheduledFor: Date;

  constructor(userId: string, deletionScheduledFor: Date) {
    this.userId = userId;
    this.deletionScheduledFor = deletionScheduledFor;
  }
}

export const SetUserRolesResult = resultUnion('SetUserRolesResult', 'The result of `setUserRoles`.', [
  SetUserRolesSuccess,
  NotFoundError,
  LastAdministratorError,
] as const);

export const DisableUserResult = resultUnion('DisableUserResult', 'The result of `disableUser`.', [
  DisableUserSuccess,
  NotFoundError,
  LastAdministratorError,
] as const);

export const EnableUserResult = resultUnion('EnableUserResult', 'The result of `enableUser`.', [
  EnableUserSuccess,
  NotFoundError,
] as const);

export const RevokeUserSessionsResult = resultUnion('RevokeUserSessionsResult', 'The result of `revokeUserSessions`.', [
  RevokeUserSessionsSuccess,
  NotFoundError,
] as const);

export const UnlockUserResult = resultUnion('UnlockUserResult', 'The result of `unlockUser`.', [
  UnlockUserSuccess,
  NotFoundError,
] as const);

export const DeleteUserResult = resultUnion('DeleteUserResult', 'The result of `deleteUser`.', [
  DeleteUserSuccess,
  NotFoundError,
  LastAdministratorError,
] as const);
