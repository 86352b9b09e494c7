import { generateOneTimeToken } from '../../src/security/tokens/one-time-token.js';
import type { NewOneTimeToken } from '../../src/store/tables/one-time-tokens.js';
import { uuidv7 } from '../../src/values/uuid.js';
import type { TestCore } from './core.js';

type Link = Pick<NewOneTimeToken, 'purpose' | 'emailCanonical'> &
  Partial<Pick<NewOneTimeToken, 'userId' | 'signUpId' | 'newEmail'>>;

/** Stores the token of a link as the mail request worker does, and returns it. */
export const createLink = async ({ store }: Pick<TestCore, 'store'>, link: Link): Promise<string> => {
  const id = uuidv7(new Date());
  const { token, digest } = generateOneTimeToken(id);
  await store.oneTimeTokens.create({ id, digest, userId: null, signUpId: null, ttlSeconds: 60, ...link });
  return token;
};
