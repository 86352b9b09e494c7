import type { Failure } from '../../errors.js';
import { canonicalLocale } from '../../values/language-tag.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client, UserCaller } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { actorOf, recordEvent } from '../audit/security-events.js';
import { holdSession } from '../sessions/sessions.js';

/** What a user says of itself. What is absent stays; null takes it away. */
export interface ProfileChange {
  readonly name?: string | null;
  readonly locale?: string | null;
}

export const createUpdateProfile =
  ({ store, clock }: AuthDependencies) =>
  async (
    caller: UserCaller,
    { name, locale }: ProfileChange,
    client: Client,
  ): Promise<UserRecord | Failure<'INVALID_INPUT'>> => {
    const language = typeof locale === 'string' ? canonicalLocale(locale) : locale;
    if (typeof locale === 'string' && language === undefined) return { failure: 'INVALID_INPUT', fields: ['locale'] };
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(language === undefined ? {} : { locale: language }),
    };
    const fields = Object.keys(change);
    const user = await store.transaction(async (tx) => {
      await holdSession(tx, caller);
      // What changes nothing is nothing to write down, however often it is asked for.
      if (fields.length === 0) return tx.users.find(caller.userId);
      await tx.users.updateProfile(caller.userId, change);
      const detail = { fields };
      await recordEvent(tx, clock(), actorOf(caller, client), {
        type: 'PROFILE_UPDATED',
        subjectId: caller.userId,
        detail,
      });
      return tx.users.find(caller.userId);
    });
    if (!user) throw new Error('a caller without an account passed a rule');
    return user;
  };
