import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';

import {
  Authorized,
  InvalidInputError,
  isUuid,
  NotFoundError,
  PageArguments,
  RateLimit,
  readConnection,
  requireUser,
  UserProfile,
  type Connection,
  type Context,
} from '../../extend.js';
import { readTitle } from '../title.js';
import { lockProject, ownedBy, visibleTo } from './project-access.js';
import {
  CreateProjectInput,
  CreateProjectResult,
  CreateProjectSuccess,
  DeleteProjectInput,
  DeleteProjectResult,
  DeleteProjectSuccess,
  Project,
  ProjectConnection,
  ProjectLimitError,
  RenameProjectInput,
  RenameProjectResult,
  RenameProjectSuccess,
} from './project.types.js';

/** Reads and changes projects. Who may is part of each `where`: all other projects do not exist for the caller. */
@Resolver(() => Project)
export class ProjectResolver {
  @Query(() => ProjectConnection, {
    nullable: true,
    description:
      'The projects of which the caller is the owner or a member, newest first. Null only together with an error.',
  })
  @Authorized()
  projects(@Args(() => PageArguments) page: PageArguments, @Ctx() context: Context): Promise<Connection<Project>> {
    const access = visibleTo(requireUser(context).userId);
    return readConnection(ProjectConnection, page, {
      list: ({ where, ...query }) => context.db.project.findMany({ ...query, where: { ...where, ...access } }),
      count: (take) => context.db.project.count({ where: access, take }),
    });
  }

  @Query(() => ProjectConnection, {
    nullable: true,
    description: 'The projects of all users, newest first. Null only together with an error.',
  })
  @Authorized('MANAGER')
  allProjects(@Args(() => PageArguments) page: PageArguments, @Ctx() { db }: Context): Promise<Connection<Project>> {
    return readConnection(ProjectConnection, page, {
      list: (query) => db.project.findMany(query),
      count: (take) => db.project.count({ take }),
    });
  }

  @Query(() => Project, {
    nullable: true,
    description:
      'A project. Null if the caller is neither the owner nor a member of a project with this id, or together with an error.',
  })
  @Authorized()
  async project(
    @Arg('id', () => ID, { description: 'The id of the project.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Project | null> {
    const access = visibleTo(requireUser(context).userId);
    return isUuid(id) ? context.db.project.findFirst({ where: { id, ...access } }) : null;
  }

  @Mutation(() => CreateProjectResult, { description: 'Creates a project of the caller.' })
  @Authorized()
  @RateLimit({ purpose: 'create-project', per: 'user', max: 30, windowSeconds: 60 })
  async createProject(
    @Arg('input', () => CreateProjectInput, { description: 'The title.' }) input: CreateProjectInput,
    @Ctx() context: Context,
  ): Promise<typeof CreateProjectResult> {
    const { userId: ownerId } = requireUser(context);
    const title = readTitle(input.title);
    if (title === null) return new InvalidInputError(['title']);
    const { projectsPerUser } = context.config;
    return context.db.$transaction(async (tx) => {
      // Counting and then creating would let two requests at once exceed the limit: one conditional UPDATE does not.
      const { count } = await tx.user.updateMany({
        where: { id: ownerId, OR: [{ plan: 'PRO' }, { projectCount: { lt: projectsPerUser } }] },
        data: { projectCount: { increment: 1 } },
      });
      if (count === 0) return new ProjectLimitError();
      return new CreateProjectSuccess(await tx.project.create({ data: { ownerId, title } }));
    });
  }

  @Mutation(() => RenameProjectResult, { description: 'Renames a project of the caller.' })
  @Authorized()
  async renameProject(
    @Arg('input', () => RenameProjectInput, { description: 'The project, and its new title.' })
    { projectId, title: text }: RenameProjectInput,
    @Ctx() context: Context,
  ): Promise<typeof RenameProjectResult> {
    const { userId } = requireUser(context);
    const title = readTitle(text);
    if (title === null) return new InvalidInputError(['title']);
    return context.db.$transaction(async (tx) => {
      const project = await lockProject(tx, projectId, ownedBy(userId));
      if (!project) return new NotFoundError();
      return new RenameProjectSuccess(await tx.project.update({ where: { id: project.id }, data: { title } }));
    });
  }

  @Mutation(() => DeleteProjectResult, { description: 'Deletes a project of the caller, with its tasks.' })
  @Authorized()
  async deleteProject(
    @Arg('input', () => DeleteProjectInput, { description: 'The project.' }) { projectId }: DeleteProjectInput,
    @Ctx() context: Context,
  ): Promise<typeof DeleteProjectResult> {
    const { userId } = requireUser(context);
    return context.db.$transaction(async (tx) => {
      const project = await lockProject(tx, projectId, ownedBy(userId));
      if (!project) return new NotFoundError();
      await tx.project.delete({ where: { id: project.id } });
      await tx.user.update({ where: { id: userId }, data: { projectCount: { decrement: 1 } } });
      return new DeleteProjectSuccess(project.id);
    });
  }

  @FieldResolver(() => UserProfile, { nullable: true, description: 'The owner; null if the account was just erased.' })
  async owner(@Root() { ownerId }: Project, @Ctx() { users }: Context): Promise<UserProfile | null> {
    const [owner = null] = await users.profiles([ownerId]);
    return owner;
  }
}
