import { findLinkToken } from '../../../src/auth/email-links/link-token.js';
import { generateOneTimeToken } from '../../../src/security/tokens/one-time-token.js';
import type { Store } from '../../../src/store/store.js';
import type { TokenPurpose } from '../../../src/store/tables/one-time-tokens.js';

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
  return { reads, find: (text: string, purpose: TokenPurpose) => findLinkToken(store, text, purpose) };
};

describe('findLinkToken', () => {
  it('returns the row of a token for its purpose', async () => {
    expect(await start().find(token, 'RESET_PASSWORD')).toEqual(row);
  });

  it('returns nothing for another purpose', async () => {
    expect(await start().find(token, 'VERIFY_EMAIL')).toBeUndefined();
  });

  it('returns nothing for another secret of the same row', async () => {
    expect(await start().find(generateOneTimeToken(ID).token, 'RESET_PASSWORD')).toBeUndefined();
  });

  it('does not read the table for a malformed token', async () => {
    const { find, reads } = start();
    expect(await find('not a token', 'RESET_PASSWORD')).toBeUndefined();
    expect(reads).toEqual([]);
  });
});
