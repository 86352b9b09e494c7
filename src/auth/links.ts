import { equal, read } from '../security/one-time-token.js';
import type { LiveToken, TokenPurpose } from '../store/one-time-tokens.js';
import type { Store } from '../store/store.js';

/**
 * The row of a link's token that is good for a purpose, or `undefined`. The row is found by its id, and the secret is
 * compared by digest in constant time: no answer and no time tells how much of a guess was right. Looking uses nothing up.
 */
export const openLink = async (
  { oneTimeTokens }: Pick<Store, 'oneTimeTokens'>,
  text: string,
  purpose: TokenPurpose,
): Promise<LiveToken | undefined> => {
  const presented = read(text);
  const token = presented && (await oneTimeTokens.peek(presented.id, purpose));
  return presented && token && equal(token.digest, presented.digest) ? token : undefined;
};
