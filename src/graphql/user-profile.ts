import { internalsOf, type Context } from './context.js';
import { UserProfile } from './users/users.types.js';

/**
 * Returns what other users may see of a user, for a field of an application that refers to one. Null when no user has this
 * id, which includes a user that was erased.
 */
export const findUserProfile = async (context: Context, userId: string): Promise<UserProfile | null> => {
  const user = await internalsOf(context).auth.users.find(userId);
  return user ? new UserProfile(user) : null;
};
