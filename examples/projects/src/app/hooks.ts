import type { Hooks } from '../extend.js';
import { createFirstProjects } from './projects/first-project.js';
import { exportUserData } from './users/exported-data.js';

export const hooks: Hooks = {
  usersCreated: createFirstProjects,
  userErased: (tx, userId) => tx.enqueue('close-customer', { userId }),
  exportUserData,
  async accessTokenClaims({ id }, db) {
    const user = await db.user.findUnique({ where: { id }, select: { plan: true } });
    return { plan: user?.plan ?? 'FREE' };
  },
};
