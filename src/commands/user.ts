import type { Auth } from '../auth/auth.js';
import type { UserRecord } from '../auth/users/users.js';
import { resultErrors, type Failure } from '../errors.js';
import { CommandError } from './command.js';

/** The option that names the account of a command. */
export const emailOption = ['--email <address>', 'the address of the account'] as const;

/** @throws CommandError when no account has the address */
export const findUser = async (auth: Auth, email: string): Promise<UserRecord> => {
  const user = await auth.users.findByEmail(email);
  if (!user) throw new CommandError('There is no user with this email address.');
  return user;
};

/** @throws CommandError for a failure */
export const assertSuccess = <T extends object>(result: T | Failure): T => {
  if (!('failure' in result)) return result;
  const details = 'reasons' in result ? ` ${result.reasons.join(', ')}` : '';
  throw new CommandError(`${result.failure}: ${resultErrors[result.failure].message}${details}`);
};

/** One line: address, state, roles. */
export const formatUser = ({ email, emailVerifiedAt, disabledAt, roles }: UserRecord): string => {
  const state = disabledAt ? 'disabled' : emailVerifiedAt ? 'verified' : 'unverified';
  return `${email.padEnd(40)} ${state.padEnd(10)} ${roles.join(',')}`;
};
