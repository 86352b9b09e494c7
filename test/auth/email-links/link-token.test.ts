import { createFindLinkToken } from '../../../src/auth/email-links/link-token.js';
import { generateOneTimeToken } from '../../../src/security/tokens/one-time-token.js';
import type { RateLimits } from '../../../src/auth/rate-limits/rate-limits.js';
import type { Store } from '../../../src/store/store.js';
import type { TokenPurpose } from '../../../src/store/tables/one-time-tokens.js';
import { client } from '../../support/core.js';

const INVALID = { failure: 'INVALID_TOKEN' };
const ID = '01900000-0000-7000-8000-000000000001';
const { token, digest } = generateOneTimeToken(ID);
const row = { id: ID, digest, emailCanonical: 'ada@example.com', newEmail: null, userId: 'a-user', signUpId: null };

/** A table with one token, which resets a password. */
const start = () => {
  const reads: string[] = [];
  const peek = (id: string, purpose: TokenPurpose) => {
    reads.push(id);
    return Promise.resolve(id === ID && purpose === 'RESET_PASSWORD' ? row : undefined);
  };
  const store = { oneTimeTokens: { peek } } as unknown as Store;
  const counted = { taken: 0, givenBack: 0 };
  const takeLink = () => {
    counted.taken += 1;
    return Promise.resolve({ giveBack: () => Promise.resolve(void (counted.givenBack += 1)) });
  };
  const find = createFindLinkToken({ store, rateLimits: { takeLink } as unknown as RateLimits });
  return { reads, counted, find: (text: string, purpose: TokenPurpose) => find(text, purpose, client) };
};

describe('findLinkToken', () => {
  it('returns the row of a token for its purpose', async () => {
    expect(await start().find(token, 'RESET_PASSWORD')).toEqual(row);
  });

  it('rejects another purpose', async () => {
    expect(await start().find(token, 'VERIFY_EMAIL')).toEqual(INVALID);
  });

  it('rejects another secret of the same row', async () => {
    expect(await start().find(generateOneTimeToken(ID).token, 'RESET_PASSWORD')).toEqual(INVALID);
  });

  it('counts a token towards the limit of the client, and gives it back when it is valid', async () => {
    const { find, counted } = start();
    await find(token, 'VERIFY_EMAIL');
    expect(counted).toEqual({ taken: 1, givenBack: 0 });
    await find(token, 'RESET_PASSWORD');
    expect(counted).toEqual({ taken: 2, givenBack: 1 });
  });

  it('neither reads nor counts a malformed token', async () => {
    const { find, reads, counted } = start();
    expect(await find('not a token', 'RESET_PASSWORD')).toEqual(INVALID);
    expect(reads).toEqual([]);
    expect(counted.taken).toBe(0);
  });
});
