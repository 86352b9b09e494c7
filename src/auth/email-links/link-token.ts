import type { Failure } from '../../errors.js';
import { equalDigests, readOneTimeToken } from '../../security/tokens/one-time-token.js';
import type { Store } from '../../store/store.js';
import type { LiveToken, TokenPurpose } from '../../store/tables/one-time-tokens.js';
import type { Client } from '../caller.js';
import { giveBackIfThrown } from '../rate-limits/counters.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';

/**
 * Finds the live token of a link for a purpose. Does not consume it. Only a token that is not valid counts towards the limit
 * of the client; a malformed text is rejected without a read, and does not count.
 */
export type FindLinkToken = (
  text: string,
  purpose: TokenPurpose,
  client: Client,
) => Promise<LiveToken | Failure<'INVALID_TOKEN'> | RateLimited>;

/**
 * The row is found by its id and the secret is compared by digest in constant time, so neither the result nor its timing
 * reveals how much of a guess was right.
 */
export const createFindLinkToken =
  ({
    store,
    rateLimits,
  }: {
    readonly store: Pick<Store, 'oneTimeTokens'>;
    readonly rateLimits: RateLimits;
  }): FindLinkToken =>
  async (text, purpose, client) => {
    const presented = readOneTimeToken(text);
    if (!presented) return { failure: 'INVALID_TOKEN' };
    const attempt = await rateLimits.takeLink(client);
    if ('failure' in attempt) return attempt;
    const token = await giveBackIfThrown(attempt, () => store.oneTimeTokens.peek(presented.id, purpose));
    if (!token || !equalDigests(token.digest, presented.digest)) return { failure: 'INVALID_TOKEN' };
    await attempt.giveBack();
    return token;
  };
