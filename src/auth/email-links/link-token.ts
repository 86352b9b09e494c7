import { equalDigests, readOneTimeToken } from '../../security/tokens/one-time-token.js';
import type { LiveToken, TokenPurpose } from '../../store/tables/one-time-tokens.js';
import type { Store } from '../../store/store.js';

/**
 * The row of a link's token that is good for a purpose, or `undefined`. The row is found by its id, and the secret is
 * compared by digest in constant time: no answer and no time tells how much of a guess was right. Looking uses nothing up.
 */
export const findLinkToken = async (
  { oneTimeTokens }: Pick<Store, 'oneTimeTokens'>,
  text: string,
  purpose: TokenPurpose,
): Promise<LiveToken | undefined> => {
  const presented = readOneTimeToken(text);
  const token = presented && (await oneTimeTokens.peek(presented.id, purpose));
  return presented && token && equalDigests(token.digest, presented.digest) ? token : undefined;
};
