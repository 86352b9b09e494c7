import type { ApplicationDb } from '../../extend.js';

/** Returns what the example has stored about a user, for `exportMyData`. Titles of others' projects are not the user's data. */
export const exportUserData = async (db: ApplicationDb, userId: string) => {
  const user = await db.user.findUnique({ where: { id: userId }, select: { timeZone: true, plan: true } });
  const projects = await db.project.findMany({ where: { ownerId: userId }, orderBy: { id: 'asc' } });
  const tasks = await db.task.findMany({ where: { assigneeId: userId }, orderBy: { id: 'asc' } });
  return {
    timeZone: user?.timeZone ?? null,
    plan: user?.plan ?? null,
    projects: projects.map(({ title, createdAt }) => ({ title, createdAt: createdAt.toISOString() })),
    assignedTasks: tasks.map(({ title, dueAt }) => ({ title, dueAt: dueAt?.toISOString() ?? null })),
  };
};
