import type { Hooks } from '../extend.js';

/**
 * Your hooks, which run inside the flows of Gatehouse. `Hooks` describes each of them. For example:
 *
 *     export const hooks: Hooks = {
 *       beforeSignUp: ({ email }) => (email.endsWith('@example.com') ? undefined : { refused: 'SIGN_UP_REFUSED' }),
 *       accessTokenClaims: (user) => ({ tenant: user.email.split('@')[1] ?? '' }),
 *     };
 */
export const hooks: Hooks = {};
