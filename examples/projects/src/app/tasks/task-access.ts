import { isUuid, type ApplicationTx } from '../../extend.js';
import { editableBy, lockProject, type LockedProject } from '../projects/project-access.js';
import type { Task } from './task.types.js';

/** A task, and its project, until the end of a transaction. */
interface LockedTask {
  readonly task: Task;
  readonly project: LockedProject;
}

/** Finds a task that a user can change; null if there is none with this id. Nothing is locked. */
export const findEditableTask = async (tx: ApplicationTx, id: string, userId: string): Promise<Task | null> =>
  isUuid(id) ? tx.task.findFirst({ where: { id, project: editableBy(userId) } }) : null;

/** Locks the project of a task that a user can change, and reads the task under the lock: it may have been moved. */
export const lockTask = async (tx: ApplicationTx, id: string, userId: string): Promise<LockedTask | null> => {
  const found = await findEditableTask(tx, id, userId);
  const project = found && (await lockProject(tx, found.projectId, editableBy(userId)));
  const task = project && (await tx.task.findFirst({ where: { id, projectId: project.id } }));
  return project && task ? { task, project } : null;
};
