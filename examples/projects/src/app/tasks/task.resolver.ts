import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import { Authorized, InvalidInputError, NotFoundError, requireUser, type Context } from '../../extend.js';
import { editableBy, isParticipant, lockProject } from '../projects/project-access.js';
import { readTitle } from '../title.js';
import { findEditableTask, lockTask } from './task-access.js';
import {
  AssigneeNotMemberError,
  CreateTaskInput,
  CreateTaskResult,
  CreateTaskSuccess,
  MoveTaskInput,
  MoveTaskResult,
  MoveTaskSuccess,
  Task,
  UpdateTaskInput,
  UpdateTaskResult,
  UpdateTaskSuccess,
} from './task.types.js';

/** Changes tasks of the projects that the caller can edit. */
@Resolver(() => Task)
export class TaskResolver {
  @Mutation(() => CreateTaskResult, { description: 'Creates a task in a project that the caller can edit.' })
  @Authorized()
  async createTask(
    @Arg('input', () => CreateTaskInput, { description: 'The task.' }) input: CreateTaskInput,
    @Ctx() context: Context,
  ): Promise<typeof CreateTaskResult> {
    const { userId } = requireUser(context);
    const title = readTitle(input.title);
    if (title === null) return new InvalidInputError(['title']);
    const { projectId, assigneeId = null, dueAt = null } = input;
    return context.db.$transaction(async (tx) => {
      const project = await lockProject(tx, projectId, editableBy(userId));
      if (!project) return new NotFoundError();
      if (assigneeId !== null && !(await isParticipant(tx, project, assigneeId))) return new AssigneeNotMemberError();
      return new CreateTaskSuccess(await tx.task.create({ data: { projectId, title, assigneeId, dueAt } }));
    });
  }

  @Mutation(() => UpdateTaskResult, { description: 'Changes a task of a project that the caller can edit.' })
  @Authorized()
  async updateTask(
    @Arg('input', () => UpdateTaskInput, { description: 'The task, and what changes.' }) input: UpdateTaskInput,
    @Ctx() context: Context,
  ): Promise<typeof UpdateTaskResult> {
    const { userId } = requireUser(context);
    const title = input.title === undefined ? undefined : readTitle(input.title ?? '');
    if (title === null) return new InvalidInputError(['title']);
    const { taskId, assigneeId, dueAt, doneAt } = input;
    return context.db.$transaction(async (tx) => {
      const locked = await lockTask(tx, taskId, userId);
      if (!locked) return new NotFoundError();
      if (assigneeId != null && !(await isParticipant(tx, locked.project, assigneeId)))
        return new AssigneeNotMemberError();
      const task = await tx.task.update({
        where: { id: taskId },
        data: {
          ...(title !== undefined && { title }),
          ...(assigneeId !== undefined && { assigneeId }),
          ...(doneAt !== undefined && { doneAt }),
          // The assignee is reminded of a new due time, too.
          ...(dueAt !== undefined && { dueAt, remindedAt: null }),
        },
      });
      return new UpdateTaskSuccess(task);
    });
  }

  @Mutation(() => MoveTaskResult, { description: 'Moves a task between two projects that the caller can edit.' })
  @Authorized()
  async moveTask(
    @Arg('input', () => MoveTaskInput, { description: 'The task, and its new project.' })
    { taskId, projectId }: MoveTaskInput,
    @Ctx() context: Context,
  ): Promise<typeof MoveTaskResult> {
    const { userId } = requireUser(context);
    return context.db.$transaction(async (tx) => {
      const found = await findEditableTask(tx, taskId, userId);
      if (!found) return new NotFoundError();
      // In the order of their ids, so that two moves in opposite directions do not wait for each other.
      const ids = [...new Set([found.projectId, projectId])].sort();
      const projects = [];
      for (const id of ids) projects.push(await lockProject(tx, id, editableBy(userId)));
      const target = projects.find((project) => project?.id === projectId);
      if (!target || projects.includes(null)) return new NotFoundError();
      const { assigneeId } = found;
      const keeps = assigneeId !== null && (await isParticipant(tx, target, assigneeId));
      const [task] = await tx.task.updateManyAndReturn({
        where: { id: taskId, projectId: found.projectId },
        data: { projectId, ...(!keeps && { assigneeId: null }) },
      });
      return task ? new MoveTaskSuccess(task) : new NotFoundError();
    });
  }
}
