import { isUuid, type ApplicationTx } from '../../extend.js';

/** The condition on projects that a user can see: its own, and those of which it is a member. */
export const visibleTo = (userId: string) => ({ OR: [{ ownerId: userId }, { members: { some: { userId } } }] });

/** The condition on projects whose tasks a user can change: its own, and those of which it is an editor. */
export const editableBy = (userId: string) => ({
  OR: [{ ownerId: userId }, { members: { some: { userId, role: 'EDITOR' as const } } }],
});

/** The condition on projects that a user owns. */
export const ownedBy = (ownerId: string) => ({ ownerId });

/** One of the conditions above. */
export type ProjectAccess = ReturnType<typeof visibleTo | typeof editableBy | typeof ownedBy>;

/** A project, until the end of a transaction. */
export interface LockedProject {
  readonly id: string;
  readonly ownerId: string;
  readonly title: string;
  readonly createdAt: Date;
}

/**
 * Locks a project until the end of the transaction, if the caller has access. Every change of a project, its members and its tasks
 * begins with it, so that they happen one after the other.
 *
 * Access is decided again under the lock: while the first statement waited, its transaction may have removed the caller.
 */
export const lockProject = async (
  tx: ApplicationTx,
  id: string,
  access: ProjectAccess,
): Promise<LockedProject | null> => {
  if (!isUuid(id)) return null;
  const where = { id, ...access };
  const { count } = await tx.project.updateMany({ where, data: { revision: { increment: 1 } } });
  return count === 0 ? null : tx.project.findFirst({ where });
};

/** Whether a user is the owner or a member of a project. */
export const isParticipant = async (tx: ApplicationTx, project: LockedProject, userId: string): Promise<boolean> => {
  if (!isUuid(userId)) return false;
  if (userId === project.ownerId) return true;
  return (await tx.member.count({ where: { projectId: project.id, userId } })) > 0;
};
