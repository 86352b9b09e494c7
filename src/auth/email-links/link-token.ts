import { equalDigests, readOneTimeToken } from '../../security/tokens/one-time-token.js';
import type { Store } from '../../store/store.js';
import type { LiveToken, TokenPurpose } from '../../store/tables/one-time-tokens.js';

/**
 * Finds the live token of a link for a purpose. The row is found by its id and the secret is compared by digest in
 * constant time, so neither the result nor its timing reveals how much of a guess was right. Does not consume the
 * token.
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
