import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';

import {
  Authorized,
  InvalidInputError,
  PageArguments,
  readConnection,
  requireUser,
  User,
  type Connection,
  type Context,
} from '../../extend.js';
import { Plan } from '../payments/plan.js';
import { ProjectConnection, type Project } from '../projects/project.types.js';
import { SetTimeZoneInput, SetTimeZoneResult, SetTimeZoneSuccess } from './time-zone.types.js';

/** Returns the own columns of a user, which are read once for a list of users. */
const readAccount = async ({ db, load }: Context, userId: string) => {
  const [account] = await load('account', [userId], async (ids) => {
    const select = { id: true, timeZone: true, plan: true } as const;
    const users = await db.user.findMany({ where: { id: { in: [...ids] } }, select });
    return new Map(users.map((user) => [user.id, user]));
  });
  return account;
};

const isTimeZone = (name: string): boolean => name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name);

/** The fields that the example adds to `User`, which only the user itself and administrators see. */
@Resolver(() => User)
export class UserFieldsResolver {
  @FieldResolver(() => ProjectConnection, { description: 'The projects that the user owns, newest first.' })
  projects(
    @Root() { id: ownerId }: User,
    @Args(() => PageArguments) page: PageArguments,
    @Ctx() { db }: Context,
  ): Promise<Connection<Project>> {
    return readConnection(ProjectConnection, page, {
      list: ({ where, ...query }) => db.project.findMany({ ...query, where: { ...where, ownerId } }),
      count: (take) => db.project.count({ where: { ownerId }, take }),
    });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The time zone of dates in emails, such as `Europe/Berlin`; null for UTC.',
  })
  async timeZone(@Root() { id }: User, @Ctx() context: Context): Promise<string | null> {
    return (await readAccount(context, id))?.timeZone ?? null;
  }

  @FieldResolver(() => Plan, { description: 'What the user pays for.' })
  async plan(@Root() { id }: User, @Ctx() context: Context): Promise<Plan> {
    return (await readAccount(context, id))?.plan ?? 'FREE';
  }

  @Mutation(() => SetTimeZoneResult, { description: 'Sets the time zone of the caller.' })
  @Authorized()
  async setTimeZone(
    @Arg('input', () => SetTimeZoneInput, { description: 'The time zone.' }) input: SetTimeZoneInput,
    @Ctx() context: Context,
  ): Promise<typeof SetTimeZoneResult> {
    const timeZone = input.timeZone === '' ? null : (input.timeZone ?? null);
    if (timeZone !== null && !isTimeZone(timeZone)) return new InvalidInputError(['timeZone']);
    const { userId: id } = requireUser(context);
    await context.db.user.update({ where: { id }, data: { timeZone } });
    return new SetTimeZoneSuccess(timeZone);
  }
}
