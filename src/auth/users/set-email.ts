import type { Failure } from '../../errors.js';
import { StoreConflict } from '../../store/errors.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isUuid } from '../../values/uuid.js';
import type { Operator } from '../administrators/administrator.js';
import { applyToUser, findChangedUser, idsOf } from '../administrators/user-changes.js';
import type { Change } from '../unit-of-work.js';

/**
 * Gives an account another address on behalf of a person who has lost the old one, and notifies both addresses. The new
 * address counts as verified: the operator vouches for it, as a link to it would. Every session ends and every link becomes
 * invalid, because a person with access to the old mailbox may hold them.
 *
 * INVALID_INPUT is returned when another account has the address.
 */
export const createSetEmail =
  ({ change }: { readonly change: Change }) =>
  async (
    userId: string,
    newEmail: string,
    actor: Operator,
  ): Promise<UserRecord | Failure<'NOT_FOUND' | 'INVALID_EMAIL' | 'INVALID_INPUT'>> => {
    const address = parseEmailAddress(newEmail);
    if (!address) return { failure: 'INVALID_EMAIL' };
    if (!isUuid(userId)) return { failure: 'NOT_FOUND' };
    const changed = change(actor, async (tx) => {
      await tx.signUps.lockAddress(address.canonical);
      await tx.users.lockAll(idsOf(userId, actor));
      return applyToUser(tx, userId, actor, async (_, user) => {
        const event = { type: 'EMAIL_CHANGED', subjectId: userId } as const;
        tx.audit.record(event);
        await tx.oneTimeTokens.voidAll(userId);
        await tx.users.changeEmail(userId, address.spelling, address.canonical);
        await tx.sessions.revokeAll(userId, event);
        await tx.signUps.voidAll(address.canonical);
        await tx.mail.send(user, { template: 'email-changed', newEmail: address.spelling });
        const changedUser = await findChangedUser(tx, userId);
        await tx.mail.send(changedUser, { template: 'email-assigned' });
        return changedUser;
      });
    });
    return changed.catch((error: unknown) => {
      if (error instanceof StoreConflict) return { failure: 'INVALID_INPUT', fields: ['newEmail'] };
      throw error;
    });
  };
