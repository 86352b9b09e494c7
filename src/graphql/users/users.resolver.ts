import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';

import { PAGE_DEFAULT, PAGE_MAX } from '../../values/policy.js';
import { decodeCursor } from '../connection.js';
import { internalsOf, requireUser, type Context } from '../context.js';
import { DateTime } from '../date-time.js';
import { User, USER_CURSOR, UserConnection, UserFilter } from './users.types.js';

/** Reads the caller's own user, and for administrators all users. */
@Resolver()
export class UserResolver {
  @Query(() => User, {
    nullable: true,
    description: 'The user of the caller. Null only together with an error, or if the account was erased meanwhile.',
  })
  @Authorized()
  async me(@Ctx() context: Context): Promise<User | null> {
    const user = await internalsOf(context).auth.users.find(requireUser(context).userId);
    return user ? new User(user) : null;
  }

  @Query(() => User, {
    nullable: true,
    description: 'The user with an id. Null if there is none, if the id is malformed, or together with an error.',
  })
  @Authorized('ADMIN')
  async user(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() context: Context,
  ): Promise<User | null> {
    const record = await internalsOf(context).auth.users.find(id);
    return record ? new User(record, { kind: 'administration' }) : null;
  }

  @Query(() => UserConnection, {
    nullable: true,
    description: `All users, or those that meet the conditions, newest first. Null only together with an error. A page has ${PAGE_DEFAULT} users if neither \`first\` nor \`last\` is given: the last ones before \`before\` if that is the only cursor, otherwise the first ones. The error is \`BAD_USER_INPUT\` if both are given, for a size other than 1 to ${PAGE_MAX}, and for a malformed cursor.`,
  })
  @Authorized('ADMIN')
  async users(
    @Arg('first', () => Int, {
      nullable: true,
      description: `The size of the page at the beginning of the list, or after \`after\`: 1 to ${PAGE_MAX}.`,
    })
    first: number | null | undefined,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'A cursor. The page has only users after it. A cursor stays valid with another filter, and if its user was erased.',
    })
    after: string | null | undefined,
    @Arg('last', () => Int, {
      nullable: true,
      description: `The size of the page at the end of the list, or before \`before\`: 1 to ${PAGE_MAX}.`,
    })
    last: number | null | undefined,
    @Arg('before', () => String, {
      nullable: true,
      description:
        'A cursor. The page has only users before it: with `last` or without a size, those next to it; with `first`, those at the beginning of the list.',
    })
    before: string | null | undefined,
    @Arg('filter', () => UserFilter, { nullable: true, description: 'Conditions that every listed user meets.' })
    filter: UserFilter | null | undefined,
    @Ctx() context: Context,
  ): Promise<UserConnection> {
    const { auth } = internalsOf(context);
    const page = await auth.users.list({
      first,
      after: decodeUserCursor(after),
      last,
      before: decodeUserCursor(before),
      filter,
    });
    return new UserConnection(page, () => auth.users.count(filter ?? {}));
  }
}

/** Shows administrators whether a user's password is being guessed. */
@Resolver(() => User)
export class UserLockResolver {
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The time until which the user can log in from known devices only, because a wrong password was sent too often; null if the user can log in anywhere. `unlockUser` lifts the lock.',
  })
  @Authorized('ADMIN')
  loginLockedUntil(@Root() user: User, @Ctx() context: Context): Promise<Date | null> {
    const lockedUntil = locks.get(user) ?? internalsOf(context).auth.users.loginLockedUntil(user.email);
    locks.set(user, lockedUntil);
    return lockedUntil;
  }
}

/** The locks of users in responses. Each is read once, however many aliases select it: a page has a hundred users. */
const locks = new WeakMap<User, Promise<Date | null>>();

const decodeUserCursor = (cursor: string | null | undefined): string | null =>
  cursor ? decodeCursor(USER_CURSOR, cursor) : null;
