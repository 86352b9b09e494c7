import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';

import { UserProfile, type Context } from '../../extend.js';
import { Project } from '../projects/project.types.js';
import { Task } from './task.types.js';

/** The fields of a task that the caller has reached through its project. */
@Resolver(() => Task)
export class TaskFieldsResolver {
  @FieldResolver(() => UserProfile, { nullable: true, description: 'The user who does the task; null if nobody does.' })
  async assignee(@Root() { assigneeId }: Task, @Ctx() { users }: Context): Promise<UserProfile | null> {
    const [assignee = null] = await users.profiles([assigneeId]);
    return assignee;
  }

  @FieldResolver(() => Project, { nullable: true, description: 'The project; null if it was just deleted.' })
  async project(@Root() { projectId }: Task, @Ctx() { db, load }: Context): Promise<Project | null> {
    const [project = null] = await load('project', [projectId], async (ids) => {
      const projects = await db.project.findMany({ where: { id: { in: [...ids] } } });
      return new Map(projects.map((found) => [found.id, found]));
    });
    return project;
  }
}
