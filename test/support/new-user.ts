import type { NewUser } from '../../src/store/tables/users.js';

/** The row of an unverified user without a password; each number gives another id and address. */
export const newUser = (number: number): NewUser => ({
  id: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  email: `user${number}@example.com`,
  emailCanonical: `user${number}@example.com`,
  isVerified: false,
  origin: 'SIGN_UP',
  name: null,
  locale: null,
  roles: ['USER'],
  passwordHash: null,
});
