import { createSecretKey, randomBytes } from 'node:crypto';

import { createDummyCredentials } from '../../../src/auth/login/dummy-credential.js';
import type { SigningKeyStore } from '../../../src/auth/keys/signing-keys.js';
import type { ParameterSet } from '../../../src/store/tables/password-credentials.js';

const secret = createSecretKey(randomBytes(32));
const keys = { current: () => ({ refreshTokens: [{ id: 'a', secret }] }) } as unknown as SigningKeyStore;
const TODAY = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0MTI';
const OLDER = '$argon2id$v=19$m=8192,t=1,p=1';
const NEWER = '$argon2id$v=19$m=19456,t=2,p=1';
const BCRYPT = '$2b$10';

const addresses = Array.from({ length: 2000 }, (_, index) => `somebody-${index}@example.com`);

const dummiesFor = (sets: readonly ParameterSet[]) => createDummyCredentials(() => Promise.resolve(sets), TODAY, keys);

/** The head of the dummy of each address. */
const headsOf = (dummies: Awaited<ReturnType<typeof dummiesFor>>) =>
  addresses.map((address) => {
    const hash = dummies.hashFor(address);
    return hash.startsWith('$2b$') ? hash.slice(0, 6) : hash.split('$').slice(0, -2).join('$');
  });

const shareOf = (heads: readonly string[], head: string) => heads.filter((it) => it === head).length / heads.length;

describe('a dummy credential', () => {
  it('has today’s parameters where nothing is stored', async () => {
    const dummies = await dummiesFor([]);
    expect(dummies.hashFor('ada@example.com').startsWith(`${NEWER}$`)).toBe(true);
  });

  it('has each set of parameters as often as it is stored', async () => {
    const sets = [
      { head: BCRYPT, count: 20 },
      { head: OLDER, count: 10 },
      { head: NEWER, count: 10 },
    ];
    const heads = headsOf(await dummiesFor(sets));
    expect(shareOf(heads, BCRYPT)).toBeCloseTo(0.5, 1);
    expect(shareOf(heads, OLDER)).toBeCloseTo(0.25, 1);
    expect(shareOf(heads, NEWER)).toBeCloseTo(0.25, 1);
  });

  it('is the same for an address at any time and on every instance', async () => {
    const sets = [
      { head: OLDER, count: 1 },
      { head: NEWER, count: 1 },
    ];
    expect(headsOf(await dummiesFor(sets))).toEqual(headsOf(await dummiesFor(sets)));
  });

  it('keeps its parameters while accounts are added in the same proportion', async () => {
    const before = await dummiesFor([
      { head: BCRYPT, count: 101 },
      { head: NEWER, count: 101 },
    ]);
    const after = await dummiesFor([
      { head: BCRYPT, count: 317 },
      { head: NEWER, count: 317 },
    ]);
    expect(headsOf(before)).toEqual(headsOf(after));
  });

  it('changes its parameters once, with as many others as users whose passwords were hashed again', async () => {
    let sets = [
      { head: BCRYPT, count: 100 },
      { head: NEWER, count: 0 },
    ];
    const dummies = await createDummyCredentials(() => Promise.resolve(sets), TODAY, keys);
    const states = [headsOf(dummies)];
    for (const count of [75, 50, 25, 0]) {
      sets = [
        { head: BCRYPT, count },
        { head: NEWER, count: 100 - count },
      ];
      expect(await dummies.refresh()).toBe(2);
      states.push(headsOf(dummies));
    }
    expect(states.map((heads) => shareOf(heads, BCRYPT))).toEqual(
      [1, 0.75, 0.5, 0.25, 0].map((share) => expect.closeTo(share, 1) as number),
    );
    for (let index = 0; index < addresses.length; index += 1) {
      const course = states.map((heads) => heads[index]);
      expect(course.lastIndexOf(BCRYPT)).toBeLessThan(course.indexOf(NEWER));
    }
  });

  it('is never of a scheme that cannot be verified', async () => {
    const dummies = await dummiesFor([{ head: '$md5', count: 10 }]);
    expect(dummies.hashFor('ada@example.com')).toBe(TODAY);
  });

  it('does not change when the stored parameters cannot be counted', async () => {
    let isAway = false;
    const count = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([{ head: BCRYPT, count: 1 }]));
    const dummies = await createDummyCredentials(count, TODAY, keys);
    isAway = true;
    await expect(dummies.refresh()).rejects.toThrow('away');
    expect(shareOf(headsOf(dummies), BCRYPT)).toBe(1);
  });
});
