import { OperatorError, type SignUpRefusal } from '../../errors.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { JsonObject } from '../../values/json-object.js';
import { knownRoles, type Role } from '../../values/roles.js';

/** A user as a hook sees it, without anything that is secret. */
export interface HookUser extends Pick<UserRecord, 'id' | 'email' | 'name' | 'locale' | 'createdAt'> {
  readonly emailVerified: boolean;
  readonly roles: readonly Role[];
  /** How the account was created. */
  readonly origin: UserRecord['origin'];
}

/** What a sign-up states. Nothing in it is verified, and the password is not part of it. */
export interface HookSignUp {
  readonly email: string;
  readonly name: string | null;
  readonly locale: string | null;
}

type Returned<T> = T | Promise<T>;

/**
 * The functions of src/app/hooks.ts, which the flows call. All of them are optional.
 *
 * A hook has two seconds. It may run more than once for the same occasion, because a transaction is repeated after a conflict, so
 * it has no effect except through what it is given. If it throws or takes longer, the operation fails with SERVICE_UNAVAILABLE and
 * nothing is done, unless its description states otherwise. The log then names the hook.
 */
export interface Hooks {
  /**
   * Decides whether a sign-up is accepted, from its input alone. It runs before any check of which users exist, in the same way for
   * every address. It refuses with a code, which the client gets as `SignUpRefusedError`:
   *
   *     beforeSignUp: ({ email }) => (email.endsWith('@example.com') ? undefined : { refused: 'SIGN_UP_REFUSED' }),
   */
  readonly beforeSignUp?: (signUp: HookSignUp) => Returned<{ readonly refused: SignUpRefusal } | undefined>;

  /**
   * Returns what the claim `app` of the user's access tokens contains, for other services: an object of at most 1 KiB as JSON. It
   * runs at each login and refresh, so a change takes effect at the next refresh. If it fails or returns anything else, this is
   * logged, and the session keeps its last good claims: a login never fails because of it.
   *
   *     accessTokenClaims: (user) => ({ tenant: user.email.split('@')[1] }),
   */
  readonly accessTokenClaims?: (user: HookUser) => Returned<JsonObject>;
}

/** The name of a hook. */
export type HookName = keyof Hooks;

const hookNames = {
  beforeSignUp: true,
  accessTokenClaims: true,
} as const satisfies Record<HookName, true>;

/**
 * Checks what the compiler cannot see, such as the hooks of a program that runs without a type check.
 *
 * @throws OperatorError when a hook is unknown or is no function
 */
export const assertHooks = (hooks: Hooks): void => {
  for (const [name, hook] of Object.entries(hooks) as [string, unknown][]) {
    if (!Object.hasOwn(hookNames, name))
      throw new OperatorError(
        `src/app/hooks.ts has a hook ${name}, which does not exist: the hooks are ${Object.keys(hookNames).join(', ')}.`,
      );
    if (typeof hook !== 'function' && hook !== undefined)
      throw new OperatorError(`The hook ${name} of src/app/hooks.ts is not a function: make it one, or remove it.`);
  }
};

/** Returns a copy of a user for a hook, which cannot change the user that the flow goes on with. */
export const hookUserOf = (user: Omit<HookUser, 'emailVerified' | 'roles'> & UserState): HookUser => {
  const { id, email, name, locale, createdAt, origin } = user;
  const roles = Object.freeze(knownRoles(user.roles));
  const emailVerified = user.emailVerifiedAt !== null;
  return Object.freeze({ id, email, emailVerified, name, locale, roles, createdAt: new Date(createdAt), origin });
};

type UserState = Pick<UserRecord, 'emailVerifiedAt' | 'roles'>;
