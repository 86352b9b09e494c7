import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

import type { Role } from '../../values/roles.js';
import type { UserRecord } from '../../auth/users/users.js';
import { DateTime } from '../date-time.js';
import { DELETION_SCHEDULED_FOR, ERASURE_GRACE, SESSIONS_FORBIDDEN } from '../descriptions.js';
import { LastAdministratorError, NotFoundError } from '../error-result.js';
import { resultUnion } from '../union.js';
import { RoleEnum, User } from '../users/users.types.js';

@InputType({ description: 'The input of `setUserRoles`.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;

  @Field(() => [RoleEnum], {
    description:
      'The complete new set of roles, in any order: a role that is not given is removed. `USER` is always included, whether or not it is given.',
  })
  readonly roles!: Role[];
}

@InputType({ description: 'The input of `disableUser`.' })
export class DisableUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;
}

@InputType({ description: 'The input of `enableUser`.' })
export class EnableUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;
}

@InputType({ description: 'The input of `revokeUserSessions`.' })
export class RevokeUserSessionsInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The ids of the sessions to end. Null or absent: all sessions of the user; an empty list: none. An id that is not that of a session of the user is ignored.',
  })
  readonly sessionIds?: string[] | null;
}

@InputType({ description: 'The input of `unlockUser`.' })
export class UnlockUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;
}

@InputType({ description: 'The input of `deleteUser`.' })
export class DeleteUserInput {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: `If false, the account is erased after ${ERASURE_GRACE}, within which the user can log in and cancel the deletion. If true, it is erased at once, which cannot be undone.`,
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
  description: 'The roles of the user were replaced.',
})
export class SetUserRolesSuccess extends ChangedUser {
  @Field(() => User, { description: `The user with the new roles. ${SESSIONS_FORBIDDEN}` })
  declare readonly user: User;
}

@ObjectType({ description: 'The user was disabled, and all sessions of the user have ended.' })
export class DisableUserSuccess extends ChangedUser {
  @Field(() => User, { description: `The disabled user. ${SESSIONS_FORBIDDEN}` })
  declare readonly user: User;
}

@ObjectType({ description: 'The user was enabled. Ended sessions stay ended.' })
export class EnableUserSuccess extends ChangedUser {
  @Field(() => User, { description: `The enabled user. ${SESSIONS_FORBIDDEN}` })
  declare readonly user: User;
}

@ObjectType({ description: 'The sessions were ended.' })
export class RevokeUserSessionsSuccess extends ChangedUser {
  @Field(() => User, { description: `The user whose sessions were ended. ${SESSIONS_FORBIDDEN}` })
  declare readonly user: User;

  @Field(() => Int, { description: 'The number of active sessions that were ended.' })
  readonly revokedSessions: number;

  constructor({ user, revokedSessions }: { readonly user: UserRecord; readonly revokedSessions: number }) {
    super(user);
    this.revokedSessions = revokedSessions;
  }
}

@ObjectType({ description: 'The limits of the account were lifted.' })
export class UnlockUserSuccess extends ChangedUser {
  @Field(() => User, { description: `The unlocked user. ${SESSIONS_FORBIDDEN}` })
  declare readonly user: User;
}

@ObjectType({
  description: 'The deletion was scheduled, or the account was erased. All sessions of the user have ended.',
})
export class DeleteUserSuccess {
  @Field(() => ID, {
    description: 'The id of the user. After an immediate deletion, remove the user from the cache of the client.',
  })
  readonly userId: string;

  @Field(() => DateTime, {
    description: `${DELETION_SCHEDULED_FOR} With \`immediately\`, the time is in the past: the account was erased.`,
  })
  readonly deletionScheduledFor: Date;

  constructor(userId: string, deletionScheduledFor: Date) {
    this.userId = userId;
    this.deletionScheduledFor = deletionScheduledFor;
  }
}

export const SetUserRolesResult = resultUnion(
  'SetUserRolesResult',
  'Returns the user with the new roles, or the reason why they were not changed.',
  [SetUserRolesSuccess, NotFoundError, LastAdministratorError] as const,
);

export const DisableUserResult = resultUnion(
  'DisableUserResult',
  'Returns the disabled user, or the reason why the user was not disabled.',
  [DisableUserSuccess, NotFoundError, LastAdministratorError] as const,
);

export const EnableUserResult = resultUnion(
  'EnableUserResult',
  'Returns the enabled user, or the reason why the user was not enabled.',
  [EnableUserSuccess, NotFoundError] as const,
);

export const RevokeUserSessionsResult = resultUnion(
  'RevokeUserSessionsResult',
  'Returns the number of sessions that were ended, or the reason why none was.',
  [RevokeUserSessionsSuccess, NotFoundError] as const,
);

export const UnlockUserResult = resultUnion(
  'UnlockUserResult',
  'Returns the unlocked user, or the reason why the limits were not lifted.',
  [UnlockUserSuccess, NotFoundError] as const,
);

export const DeleteUserResult = resultUnion(
  'DeleteUserResult',
  'Returns the time after which the account is erased, or the reason why the user was not deleted.',
  [DeleteUserSuccess, NotFoundError, LastAdministratorError] as const,
);
