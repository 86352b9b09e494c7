import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';

import { knownRoles, roles, type Role } from '../../app/roles.js';
import { PrivateType } from '../../authorization/private-types.js';
import type { UserPage, UserRecord } from '../../auth/users/users.js';
import { encodeCursor, PageInfo } from '../connection.js';
import { DateTime } from '../date-time.js';
import { LastAdministratorError, NotFoundError } from '../error-result.js';
import { resultUnion } from '../union.js';
import { MAX_LENGTH, Text } from '../validators.js';

const RoleEnum = Object.fromEntries(Object.keys(roles).map((role) => [role, role]));

registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a user may do here.',
  valuesConfig: Object.fromEntries(Object.entries(roles).map(([role, description]) => [role, { description }])),
});

/** The kind of the cursors of a list of users. */
export const USER_CURSOR = 'user';

@InputType({ description: 'Which user.' })
export class UserIdInput {
  @Field(() => ID, { description: 'The id of the user.' })
  @Text(MAX_LENGTH.id)
  readonly userId!: string;
}

@InputType({ description: 'Which user, and the roles it shall have.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The id of the user.' })
  @Text(MAX_LENGTH.id)
  readonly userId!: string;

  @Field(() => [RoleEnum], { description: 'All roles that the user has afterwards.' })
  readonly roles!: Role[];
}

@ObjectType({ description: 'A user as the user itself and administrators see it.' })
@PrivateType()
export class User {
  @Field(() => ID, { description: 'Opaque and stable.' })
  readonly id: string;

  @Field(() => String, { description: 'The address as it was given; mail goes there.' })
  readonly email: string;

  @Field(() => Boolean, { description: 'Whether the address has been proved.' })
  readonly emailVerified: boolean;

  @Field(() => String, { nullable: true, description: 'What the user wants to be called.' })
  readonly name: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mail, as a BCP 47 tag.' })
  readonly locale: string | null;

  @Field(() => [RoleEnum], { description: 'What the user may do.' })
  readonly roles: readonly Role[];

  @Field(() => Boolean, { description: 'Whether an administrator has shut the user out.' })
  readonly disabled: boolean;

  @Field(() => DateTime, { description: 'When the account was made.' })
  readonly createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a session was last begun.' })
  readonly lastLoginAt: Date | null;

  constructor(record: UserRecord) {
    this.id = record.id;
    this.email = record.email;
    this.emailVerified = record.emailVerifiedAt !== null;
    this.name = record.name;
    this.locale = record.locale;
    this.roles = knownRoles(record.roles);
    this.disabled = record.disabledAt !== null;
    this.createdAt = record.createdAt;
    this.lastLoginAt = record.lastLoginAt;
  }
}

@ObjectType({ description: 'What may be told of a user to anybody: the type to refer to from types of your own.' })
export class UserProfile {
  @Field(() => ID, { description: 'Opaque and stable.' })
  readonly id: string;

  @Field(() => String, { nullable: true, description: 'What the user wants to be called.' })
  readonly name: string | null;

  constructor({ id, name }: Pick<UserRecord, 'id' | 'name'>) {
    this.id = id;
    this.name = name;
  }
}

@ObjectType({ description: 'A user in a list.' })
class UserEdge {
  @Field(() => User, { description: 'The user.' })
  readonly node!: User;

  @Field(() => String, { description: 'The place in the list.' })
  readonly cursor!: string;
}

@ObjectType({ description: 'A page of users, the newest first.' })
export class UserConnection {
  @Field(() => [UserEdge], { description: 'The users of this page.' })
  readonly edges: readonly UserEdge[];

  @Field(() => PageInfo, { description: 'Where the page begins and ends.' })
  readonly pageInfo: PageInfo;

  constructor({ users, hasNextPage }: UserPage, hasPreviousPage: boolean) {
    this.edges = users.map((user) => ({ node: new User(user), cursor: encodeCursor(USER_CURSOR, user.id) }));
    const [startCursor = null, endCursor = null] = [this.edges[0]?.cursor, this.edges.at(-1)?.cursor];
    this.pageInfo = { hasNextPage, hasPreviousPage, startCursor, endCursor };
  }
}

@ObjectType({ description: 'The user as it is now.' })
export class AdminUserSuccess {
  @Field(() => User, { description: 'The user.' })
  readonly user: User;

  constructor(record: UserRecord) {
    this.user = new User(record);
  }
}

export const AdminUserResult = resultUnion('AdminUserResult', 'How a change of a user ends.', [
  AdminUserSuccess,
  NotFoundError,
  LastAdministratorError,
] as const);
