import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';

import { roles, type Role } from '../app/roles.js';
import type { Operator } from '../auth/administrators/administrator.js';
import type { Auth } from '../auth/auth.js';
import type { UserPage, UserRecord } from '../auth/users/users.js';
import { errorTable, type Failure } from '../errors.js';

type User = UserRecord;

/** Why a command failed, in words for the one who gave it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** What `user create` is given. */
export interface CreateOptions {
  readonly email: string;
  readonly role: readonly string[];
  readonly verified: boolean;
}

/** Whoever gives a command, by the name of the operating system. */
export const operator = (): Operator => ({ kind: 'operator', name: operatorName() });

/** A container's user often has a number and no name. */
const operatorName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
};

/** A role by its name. @throws CommandError when src/app/roles.ts has no such role */
export const roleNamed = (name: string): Role => {
  const known = Object.keys(roles) as Role[];
  const role = known.find((it) => it === name.toUpperCase());
  if (!role) throw new CommandError(`There is no role ${name}. There are: ${known.join(', ')}.`);
  return role;
};

const succeed = <T extends object>(result: T | Failure): T => {
  if (!('failure' in result)) return result;
  const details = 'reasons' in result ? ` ${result.reasons.join(', ')}` : '';
  throw new CommandError(`${result.failure}: ${errorTable[result.failure].message}${details}`);
};

const existing = async (auth: Auth, email: string): Promise<User> => {
  const user = await auth.users.findByEmail(email);
  if (!user) throw new CommandError('There is no user with this address.');
  return user;
};

/** Makes a user; the password comes by standard input, where no process list shows it. */
export const createUser = async (auth: Auth, { email, role, verified }: CreateOptions): Promise<User> => {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  const account = { email, password, name: null, roles: role.map(roleNamed), verified };
  const created = await auth.users.create(account, operator());
  if ('failure' in created && created.failure === 'INVALID_INPUT')
    throw new CommandError('This address has an account already.');
  return succeed<User>(created);
};

export const grantRole = async (auth: Auth, email: string, role: Role): Promise<User> => {
  const user = await existing(auth, email);
  return succeed(await auth.users.grantRole(user.id, role, operator()));
};

export const revokeRole = async (auth: Auth, email: string, role: Role): Promise<User> => {
  const user = await existing(auth, email);
  return succeed(await auth.users.revokeRole(user.id, role, operator()));
};

export const disableUser = async (auth: Auth, email: string): Promise<User> =>
  succeed(await auth.users.disable((await existing(auth, email)).id, operator()));

export const enableUser = async (auth: Auth, email: string): Promise<User> =>
  succeed(await auth.users.enable((await existing(auth, email)).id, operator()));

/** Every user, page by page, the newest first. */
export async function* allUsers(auth: Auth, search: string | null): AsyncGenerator<User> {
  let after: string | null = null;
  for (;;) {
    const page: UserPage = await auth.users.list(100, after, search);
    yield* page.users;
    after = page.users.at(-1)?.id ?? null;
    if (!page.hasNextPage) return;
  }
}

/** One line for people: address, state, roles. */
export const formatUser = ({ email, emailVerifiedAt, disabledAt, roles: granted }: User): string => {
  const state = disabledAt ? 'disabled' : emailVerifiedAt ? 'verified' : 'unverified';
  return `${email.padEnd(40)} ${state.padEnd(10)} ${granted.join(',')}`;
};
