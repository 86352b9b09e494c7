import { Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';

import { PageArguments, readConnection, type Connection, type Context } from '../../extend.js';
import { Project } from '../projects/project.types.js';
import { TaskConnection, type Task } from './task.types.js';

/** The tasks of a project that the caller has reached. */
@Resolver(() => Project)
export class ProjectTasksResolver {
  @FieldResolver(() => Int, { description: 'The number of tasks that are not done.' })
  async openTaskCount(@Root() { id }: Project, @Ctx() { db, load }: Context): Promise<number> {
    const [count] = await load('openTaskCount', [id], async (ids) => {
      const groups = await db.task.groupBy({
        by: ['projectId'],
        where: { projectId: { in: [...ids] }, doneAt: null },
        _count: true,
      });
      return new Map(groups.map(({ projectId, _count }) => [projectId, _count]));
    });
    return count ?? 0;
  }

  @FieldResolver(() => TaskConnection, { description: 'The tasks, newest first.' })
  tasks(
    @Root() { id: projectId }: Project,
    @Args(() => PageArguments) page: PageArguments,
    @Ctx() { db }: Context,
  ): Promise<Connection<Task>> {
    return readConnection(TaskConnection, page, {
      list: ({ where, ...query }) => db.task.findMany({ ...query, where: { ...where, projectId } }),
      count: (take) => db.task.count({ where: { projectId }, take }),
    });
  }
}
