import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

import { knownRoles, roles, type Role } from '../../values/roles.js';
import { PrivateType } from '../../authorization/private-types.js';
import type { UserPage } from '../../auth/users/user-list.js';
import type { UserRecord } from '../../auth/users/users.js';
import { encodeCursor, PageInfo } from '../connection.js';
import { DateTime } from '../date-time.js';
import { DELETION_SCHEDULED_FOR } from '../descriptions.js';

export const RoleEnum = Object.fromEntries(Object.keys(roles).map((role) => [role, role]));

registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'A role of a user, which permits the fields that require it.',
  valuesConfig: Object.fromEntries(Object.entries(roles).map(([role, description]) => [role, { description }])),
});

/**
 * Why `sessions` of this user may be read although the user is not the caller: the user has just logged in, or an
 * administrator has asked for this one user.
 */
export type SessionAccess =
  { readonly kind: 'login'; readonly sessionId: string } | { readonly kind: 'administration' };

/** Not a property of the user: fields that an application adds to `User` receive the object. */
const sessionAccesses = new WeakMap<User, SessionAccess>();

/** Returns why `sessions` of this user may be read by others than the user itself; undefined if they may not. */
export const sessionAccessOf = (user: User): SessionAccess | undefined => sessionAccesses.get(user);

@ObjectType({ description: 'A user as the user itself and administrators see it.' })
@PrivateType()
export class User {
  @Field(() => ID, { description: 'The id of the user. It never changes.' })
  readonly id: string;

  @Field(() => String, { description: 'The email address in the spelling that was entered, to which email is sent.' })
  readonly email: string;

  @Field(() => Boolean, { description: 'Whether the email address was verified.' })
  readonly emailVerified: boolean;

  @Field(() => String, { nullable: true, description: 'The display name; null if the user has none.' })
  readonly name: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The language of emails to the user, as a BCP 47 language tag; null if the user has not chosen one. Then an email is in the language of the user's request that caused it, or in English if an administrator did.",
  })
  readonly locale: string | null;

  @Field(() => [RoleEnum], { description: 'The roles of the user. `USER` is always one of them.' })
  readonly roles: readonly Role[];

  @Field(() => Boolean, {
    description: 'Whether an administrator has disabled the user. A disabled user cannot log in.',
  })
  readonly disabled: boolean;

  @Field(() => DateTime, { description: 'The time at which the account was created.' })
  readonly createdAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time of the last login; null if the user has never logged in.',
  })
  readonly lastLoginAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: `${DELETION_SCHEDULED_FOR} Null if no deletion is scheduled.`,
  })
  readonly deletionScheduledFor: Date | null;

  constructor(record: UserRecord, sessionAccess?: SessionAccess) {
    this.id = record.id;
    this.email = record.email;
    this.emailVerified = record.emailVerifiedAt !== null;
    this.name = record.name;
    this.locale = record.locale;
    this.roles = knownRoles(record.roles);
    this.disabled = record.disabledAt !== null;
    this.createdAt = record.createdAt;
    this.lastLoginAt = record.lastLoginAt;
    this.deletionScheduledFor = record.eraseAfter;
    if (sessionAccess) sessionAccesses.set(this, sessionAccess);
  }
}

@ObjectType({
  description:
    'The part of a user that other users may see. Types of an application refer to this type, never to `User`.',
})
export class UserProfile {
  @Field(() => ID, { description: 'The id of the user. It never changes.' })
  readonly id: string;

  @Field(() => String, { nullable: true, description: 'The display name; null if the user has none.' })
  readonly name: string | null;

  constructor({ id, name }: Pick<UserRecord, 'id' | 'name'>) {
    this.id = id;
    this.name = name;
  }
}

/** The kind of the cursors of a list of users. */
export const USER_CURSOR = 'user';

@InputType({
  description: 'Conditions on users. A user must meet all that are given; an absent or null one is no condition.',
})
export class UserFilter {
  @Field(() => String, {
    nullable: true,
    description:
      'The beginning of the email address or of the display name, in upper or lower case. Whitespace around it is ignored, and no character is a wildcard. The empty string is no condition. At most 254 characters.',
  })
  readonly search?: string | null;

  @Field(() => RoleEnum, { nullable: true, description: 'A role that the user has.' })
  readonly role?: Role | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the user is disabled.' })
  readonly disabled?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the email address was verified.' })
  readonly emailVerified?: boolean | null;
}

@ObjectType({ description: 'A user in a list.' })
class UserEdge {
  @Field(() => User, { description: 'The user.' })
  readonly node!: User;

  @Field(() => String, { description: 'The position of the user in the list, to be passed as `after` or `before`.' })
  readonly cursor!: string;
}

@ObjectType({ description: 'A page of users, newest first.' })
export class UserConnection {
  @Field(() => [UserEdge], { description: 'The users of this page, each with its cursor.' })
  readonly edges: readonly UserEdge[];

  @Field(() => [User], { description: 'The users of this page.' })
  readonly nodes: readonly User[];

  @Field(() => PageInfo, { description: 'The position of this page in the list.' })
  readonly pageInfo: PageInfo;

  readonly #readCount: () => Promise<number | null>;
  #count: Promise<number | null> | undefined;

  constructor({ users, hasNextPage, hasPreviousPage }: UserPage, readCount: () => Promise<number | null>) {
    this.nodes = users.map((user) => new User(user));
    this.edges = this.nodes.map((node) => ({ node, cursor: encodeCursor(USER_CURSOR, node.id) }));
    const [startCursor = null, endCursor = null] = [this.edges[0]?.cursor, this.edges.at(-1)?.cursor];
    this.pageInfo = { hasNextPage, hasPreviousPage, startCursor, endCursor };
    this.#readCount = readCount;
  }

  /** Counts once, however many aliases select the field. */
  @Field(() => Int, {
    nullable: true,
    description:
      'The number of users in the whole list, which is counted only if this field is selected. It is exact up to 100,000; null if there are more, because counting them would take too long.',
  })
  totalCount(): Promise<number | null> {
    return (this.#count ??= this.#readCount());
  }
}
