import type { KitUser } from '../kit.js';
import { CreateProjectDocument, CreateTaskDocument, SetMemberDocument } from './generated/operations.js';

/** An id that no row has. */
export const UNKNOWN_ID = '01900000-0000-7000-8000-000000000001';

/** Creates a project, and returns its id. */
export const createProject = async ({ client }: KitUser, title = 'Engine'): Promise<string> => {
  const { createProject: result } = await client.send(CreateProjectDocument, { input: { title } });
  if (result.__typename !== 'CreateProjectSuccess') throw new Error(result.__typename);
  return result.project.id;
};

/** Adds a member to a project, or changes it. */
export const setMember = async (
  { client }: KitUser,
  projectId: string,
  { id: userId }: Pick<KitUser, 'id'>,
  role: 'EDITOR' | 'VIEWER' = 'EDITOR',
): Promise<void> => {
  const { setMember: result } = await client.send(SetMemberDocument, { input: { projectId, userId, role } });
  if (result.__typename !== 'SetMemberSuccess') throw new Error(result.__typename);
};

/** Creates a task, and returns its id. */
export const createTask = async (
  { client }: KitUser,
  projectId: string,
  task: { readonly title?: string; readonly assigneeId?: string; readonly dueAt?: string } = {},
): Promise<string> => {
  const input = { projectId, title: 'Build it', ...task };
  const { createTask: result } = await client.send(CreateTaskDocument, { input });
  if (result.__typename !== 'CreateTaskSuccess') throw new Error(result.__typename);
  return result.task.id;
};
