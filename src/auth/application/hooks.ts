import { OperatorError, type SignUpRefusal } from '../../errors.js';
import type { JsonObject } from '../../values/json-object.js';
import { knownRoles, type Role } from '../../values/roles.js';
import type { CreatedUser } from '../audit/eventful-writes.js';
import type { ApplicationDb } from './application-access.js';
import type { ApplicationTx } from './application-tx.js';

/** A user as a hook sees it, without anything that is secret. */
export interface HookUser {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | null;
  /** A BCP 47 tag; null if the user has not chosen a language. */
  readonly locale: string | null;
  readonly roles: readonly Role[];
  readonly createdAt: Date;
  /** How the account was created. */
  readonly origin: 'SIGN_UP' | 'ADMINISTRATOR' | 'IMPORT';
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
   * Runs in the transaction that creates a user, however the user is created: by a sign-up when its address is verified (or at once
   * if REQUIRE_VERIFIED_EMAIL is false), by an administrator, a command, an import, or at the first start. What it writes with `tx`
   * exists exactly if the user does.
   *
   *     userCreated: (tx, user) => tx.mail.send({ userId: user.id }, 'welcome', {}),
   */
  readonly userCreated?: (tx: ApplicationTx, user: HookUser) => Returned<unknown>;

  /**
   * As `userCreated`, which it replaces, for up to 1,000 users of an import at once: with one statement for all of them, an import
   * takes little longer. If it throws, no user of the batch is imported, and the import ends.
   */
  readonly usersCreated?: (tx: ApplicationTx, users: readonly HookUser[]) => Returned<unknown>;

  /**
   * Runs after a user was erased, with every row that refers to it by a relation. It removes data that is stored elsewhere. It does
   * not delay the erasure: it is queued in the same transaction, runs in one of its own, and is repeated with increasing delays for about a
   * day if it fails. Then the log has an error, and the entry is a dead letter until an operator retries it.
   *
   *     userErased: (tx, userId) => tx.enqueue('delete-files', { userId }),
   */
  readonly userErased?: (tx: ApplicationTx, userId: string) => Returned<unknown>;

  /**
   * Returns what the application has stored about a user, as JSON of at most 1 MiB, which becomes `application` in the result of
   * `exportMyData` and of the command `user data`.
   */
  readonly exportUserData?: (db: ApplicationDb, userId: string) => Returned<unknown>;

  /**
   * Returns what the claim `app` of the user's access tokens contains, for other services: an object of at most 1 KiB as JSON. It
   * runs at each login and refresh, so a change takes effect at the next refresh. If it fails or returns anything else, this is
   * logged, and the session keeps its last good claims: a login never fails because of it.
   *
   *     accessTokenClaims: async (user, db) => ({ projects: await db.project.count({ where: { ownerId: user.id } }) }),
   */
  readonly accessTokenClaims?: (user: HookUser, db: ApplicationDb) => Returned<JsonObject>;
}

/** The name of a hook. */
export type HookName = keyof Hooks;

const hookNames = {
  beforeSignUp: true,
  userCreated: true,
  usersCreated: true,
  userErased: true,
  exportUserData: true,
  accessTokenClaims: true,
} as const satisfies Record<HookName, true>;

/**
 * Checks what the compiler cannot see, such as the hooks of a program that runs without a type check.
 *
 * @throws OperatorError when a hook is unknown or is no function, or when two hooks have the same occasion
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
  if (hooks.userCreated && hooks.usersCreated)
    throw new OperatorError(
      'src/app/hooks.ts has both userCreated and usersCreated: keep usersCreated, which gets a single user as a list of one.',
    );
};

/** Returns a copy of a user for a hook, which cannot change the user that the flow goes on with. */
export const hookUserOf = (user: CreatedUser): HookUser => {
  const { id, email, emailVerified, name, locale, createdAt, origin } = user;
  const roles = Object.freeze(knownRoles(user.roles));
  return Object.freeze({ id, email, emailVerified, name, locale, roles, createdAt: new Date(createdAt), origin });
};
