import { createSecretKey, randomBytes } from 'node:crypto';

import { createDummyCredentials } from '../../src/auth/dummy-credential.js';
import type { SigningKeyStore } from '../../src/auth/signing-keys.js';

const secret = createSecretKey(randomBytes(32));
const keys = { current: () => ({ refreshTokens: [{ id: 'a', secret }] }) } as unknown as SigningKeyStore;
const TODAY = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0MTI';
const OLDER = '$argon2id$v=19$m=8192,t=1,p=1';
const NEWER = '$argon2id$v=19$m=19456,t=2,p=1';

const addresses = Array.from({ length: 2000 }, (_, index) => `somebody-${index}@example.com`);

describe('a dummy credential', () => {
  it('has today’s parameters where nothing is stored', () => {
    const dummyHash = createDummyCredentials([], TODAY, keys);
    expect(dummyHash('ada@example.com').startsWith(`${NEWER}$`)).toBe(true);
  });

  it('has each set of parameters as often as it is stored', () => {
    const sets = [
      { head: OLDER, count: 30 },
      { head: NEWER, count: 10 },
    ];
    const dummyHash = createDummyCredentials(sets, TODAY, keys);
    const older = addresses.filter((address) => dummyHash(address).startsWith(`${OLDER}$`));
    expect(older.length / addresses.length).toBeCloseTo(0.75, 1);
  });

  it('is the same for an address whenever it is asked for, and on every instance', () => {
    const sets = [
      { head: OLDER, count: 1 },
      { head: NEWER, count: 1 },
    ];
    const heads = (dummyHash: (address: string) => string) =>
      addresses.map((address) => dummyHash(address).split('$').slice(0, -2).join('$'));
    expect(heads(createDummyCredentials(sets, TODAY, keys))).toEqual(heads(createDummyCredentials(sets, TODAY, keys)));
  });
});
