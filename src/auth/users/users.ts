import type { Role } from '../../values/roles.js';
import type { Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import { StoreConflict } from '../../store/errors.js';
import type { Store } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isUuid } from '../../values/uuid.js';
import { assertAdministrator, type Administrator } from '../administrators/administrator.js';
import type { PasswordPolicy } from '../password-checks/password-policy.js';
import type { Change } from '../unit-of-work.js';

export type { UserRecord };

/** An account that an administrator creates. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly roles: readonly Role[];
  readonly verified: boolean;
}

/** Finds and creates users. */
export const createUsers = ({
  change,
  store,
  hasher,
  passwordPolicy,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users'>;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
}) => ({
  async find(userId: string): Promise<UserRecord | undefined> {
    return isUuid(userId) ? store.users.find(userId) : undefined;
  },

  async findByEmail(email: string): Promise<UserRecord | undefined> {
    const address = parseEmailAddress(email);
    return address && store.users.findByAddress(address.canonical);
  },

  /** Creates an account for somebody else. The address counts as verified only if the administrator says so. */
  async create(
    account: NewAccount,
    actor: Administrator,
  ): Promise<UserRecord | Failure<'INVALID_EMAIL' | 'WEAK_PASSWORD' | 'INVALID_INPUT'>> {
    const address = parseEmailAddress(account.email);
    if (!address) return { failure: 'INVALID_EMAIL' };
    const reasons = await passwordPolicy.weaknesses(account.password, account);
    if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
    const passwordHash = await hasher.admit(null, (hashing) => hashing.hash(account.password));
    try {
      return await change(actor, async (tx) => {
        if (actor.kind === 'user') await tx.users.lock(actor.userId);
        await assertAdministrator(tx, actor);
        const id = tx.newId();
        const roles = [...new Set<Role>(['USER', ...account.roles])].sort();
        const user = {
          id,
          email: address.spelling,
          emailCanonical: address.canonical,
          isVerified: account.verified,
          origin: 'ADMINISTRATOR',
          name: account.name,
          locale: null,
          roles,
          passwordHash,
        } as const;
        return tx.users.create(user, { type: 'USER_CREATED', subjectId: id, detail: { roles } });
      });
    } catch (error) {
      if (error instanceof StoreConflict) return { failure: 'INVALID_INPUT', fields: ['email'] };
      throw error;
    }
  },

  /** Whether any user exists. */
  any: () => store.users.any(),
});
