import type { Failure } from '../../errors.js';
import type { UserRecord } from '../../store/tables/users.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import { holdSession } from '../sessions/hold-session.js';
import type { Change } from '../unit-of-work.js';
import { parseProfileChange, type ProfileChange } from './profile-input.js';

/**
 * Changes a user's own profile. Fails with INVALID_INPUT when the language is not a BCP 47 tag.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
 */
export const createUpdateProfile =
  ({ change }: { readonly change: Change }) =>
  async (caller: UserCaller, input: ProfileChange, client: Client): Promise<UserRecord | Failure<'INVALID_INPUT'>> => {
    const profile = parseProfileChange(input);
    if ('failure' in profile) return profile;
    const fields = Object.keys(profile);
    const user = await change(actorOf(caller, client), async (tx) => {
      await holdSession(tx, caller);
      // A request that changes nothing is not recorded, however often it is sent.
      if (fields.length > 0) {
        await tx.users.updateProfile(caller.userId, profile);
        tx.audit.record({ type: 'PROFILE_UPDATED', subjectId: caller.userId, detail: { fields } });
      }
      return tx.users.find(caller.userId);
    });
    if (!user) throw new Error('a caller without an account passed a rule');
    return user;
  };
