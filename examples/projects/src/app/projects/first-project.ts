import type { ApplicationTx, HookUser } from '../../extend.js';

const titleFor = ({ locale }: HookUser): string => (locale?.startsWith('de') ? 'Erstes Projekt' : 'First project');

/** Gives each new user a project: two statements, however many users an import creates at once. */
export const createFirstProjects = async (tx: ApplicationTx, users: readonly HookUser[]): Promise<void> => {
  await tx.project.createMany({ data: users.map((user) => ({ ownerId: user.id, title: titleFor(user) })) });
  await tx.user.updateMany({ where: { id: { in: users.map(({ id }) => id) } }, data: { projectCount: 1 } });
};
