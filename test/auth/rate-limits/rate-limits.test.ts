import { createCounters } from '../../../src/auth/rate-limits/counters.js';
import { limitsOf } from '../../../src/auth/rate-limits/limits.js';
import { createExhaustionReport } from '../../../src/auth/rate-limits/exhausted-limits.js';
import { createRateLimits, type RateLimits } from '../../../src/auth/rate-limits/rate-limits.js';
import type { Store } from '../../../src/store/store.js';
import { client } from '../../support/core.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { testKeys } from '../../support/test-keys.js';

const limits = limitsOf({
  loginAttemptsPerAccount: 4,
  loginAttemptsPerNetwork: 7,
  mailsPerAddressPerHour: 2,
  mailRequestsPerNetworkPerHour: 3,
});

let database: TestDatabase;
let store: Store;
let rateLimits: RateLimits;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
  rateLimits = createRateLimits(createCounters(store.rateLimits), limits, testKeys, report());
});

beforeEach(() => database.query('DELETE FROM auth_rate_limit'));

afterAll(async () => {
  await store.close();
  await database.drop();
});

const report = () => createExhaustionReport(store, () => new Date());

const isTaken = (result: object) => !('failure' in result);

/** The number of attempts that are allowed, of ten. */
const allowed = async (attempt: (index: number) => Promise<object>): Promise<number> => {
  let count = 0;
  for (let index = 0; index < 10; index += 1) if (isTaken(await attempt(index))) count += 1;
  return count;
};

/** A client in another /24. */
const elsewhere = (index: number) => ({
  ...client,
  ranges: { narrow: `198.51.${index}.7`, wide: `198.51.${index}.0/24` },
});

const neighbor = (index: number) => ({ ...client, ranges: { narrow: `203.0.113.${index}`, wide: '203.0.113.0/24' } });

describe('the limits of a configuration', () => {
  it('are those of the contract', () => {
    const config = {
      loginAttemptsPerAccount: 10,
      loginAttemptsPerNetwork: 100,
      mailsPerAddressPerHour: 3,
      mailRequestsPerNetworkPerHour: 20,
    };
    expect(limitsOf(config)).toEqual({
      password: { windowSeconds: 900, account: 10, network: 100, widerNetwork: 1000, pair: 5, delayFrom: 6 },
      device: { windowSeconds: 86_400, device: 5 },
      mail: { windowSeconds: 3600, account: 3, network: 20, widerNetwork: 200 },
      link: { windowSeconds: 900, network: 20, widerNetwork: 200 },
      refresh: { windowSeconds: 60, network: 600, widerNetwork: 6000 },
    });
  });
});

describe('an attempt to guess a password', () => {
  it('is limited by account, whatever its network', async () => {
    expect(await allowed((index) => rateLimits.takePassword('ada@example.com', elsewhere(index)))).toBe(4);
  });

  it('is limited by account and network together', async () => {
    const generous = createRateLimits(
      createCounters(store.rateLimits),
      { ...limits, password: { ...limits.password, account: 100 } },
      testKeys,
      report(),
    );
    expect(await allowed(() => generous.takePassword('ada@example.com', client))).toBe(5);
  });

  it('is limited by network, whatever its account', async () => {
    expect(await allowed((index) => rateLimits.takePassword(`user-${index}@example.com`, client))).toBe(7);
    expect(isTaken(await rateLimits.takePassword('another@example.com', elsewhere(1)))).toBe(true);
  });

  it('is limited by the network around it, ten times as high', async () => {
    const narrow = createRateLimits(
      createCounters(store.rateLimits),
      { ...limits, password: { ...limits.password, widerNetwork: 6 } },
      testKeys,
      report(),
    );
    expect(await allowed((index) => narrow.takePassword(`user-${index}@example.com`, neighbor(index)))).toBe(6);
  });

  it('says whether the account or the network is limited', async () => {
    for (let index = 0; index < 4; index += 1) await rateLimits.takePassword('ada@example.com', elsewhere(index));
    expect(await rateLimits.takePassword('ada@example.com', client)).toMatchObject({ by: 'account' });
    for (let index = 0; index < 7; index += 1) await rateLimits.takePassword(`user-${index}@example.com`, client);
    expect(await rateLimits.takePassword('ada@example.com', client)).toMatchObject({ by: 'network' });
  });

  it('reports each refusal, by what is limited and what the limit counts by', async () => {
    const refusals: string[] = [];
    const counters = createCounters(store.rateLimits);
    const observed = createRateLimits(counters, limits, testKeys, report(), (...refusal) =>
      refusals.push(refusal.join(' by ')),
    );
    for (let index = 0; index < 5; index += 1) await observed.takePassword('ada@example.com', elsewhere(index));
    for (let index = 0; index < 8; index += 1) await observed.takePassword(`user-${index}@example.com`, client);
    for (let index = 0; index < 3; index += 1) await observed.mayMail(store, 'SIGN_UP', 'ada@example.com', {});
    expect(refusals).toEqual(['password by account', 'password by network', 'mail by account']);
  });

  it('can be given back', async () => {
    const attempt = await rateLimits.takePassword('ada@example.com', client);
    if ('failure' in attempt) throw new Error(attempt.failure);
    await attempt.giveBack();
    expect(await allowed((index) => rateLimits.takePassword('ada@example.com', elsewhere(index)))).toBe(4);
  });

  it('is limited by account alone when the network is not known', async () => {
    const unknown = { ...client, network: null, ranges: null };
    expect(await allowed(() => rateLimits.takePassword('ada@example.com', unknown))).toBe(4);
    expect(isTaken(await rateLimits.takePassword('bob@example.com', unknown))).toBe(true);
  });

  it('has a budget of its own on each known device', async () => {
    for (let index = 0; index < 4; index += 1) await rateLimits.takePassword('ada@example.com', elsewhere(index));
    const onDevice = (id: string) => (index: number) =>
      rateLimits.takePasswordOnDevice(id, 'ada@example.com', elsewhere(index));
    expect(await allowed(onDevice('laptop'))).toBe(5);
    expect(await allowed(onDevice('phone'))).toBe(5);
  });
});

describe('the lock of an account', () => {
  it('is the time until its next attempt, and is lifted for this account only', async () => {
    const lock = async (email: string) => {
      for (let index = 0; index < 4; index += 1) await rateLimits.takePassword(email, elsewhere(index));
      return rateLimits.passwordLockSeconds(email);
    };
    expect(await rateLimits.passwordLockSeconds('ada@example.com')).toBe(0);
    expect(await lock('ada@example.com')).toBeGreaterThan(890);
    expect(await lock('bob@example.com')).toBeGreaterThan(890);
    await rateLimits.resetAccount('ada@example.com');
    expect(await rateLimits.passwordLockSeconds('ada@example.com')).toBe(0);
    expect(await rateLimits.passwordLockSeconds('bob@example.com')).toBeGreaterThan(890);
  });
});

describe('emails to an address', () => {
  it('are limited by address and kind', async () => {
    const mayMail = async (kind: 'SIGN_UP' | 'RESET_PASSWORD', email: string) =>
      (await rateLimits.mayMail(store, kind, email, {})).isGranted;
    expect([await mayMail('SIGN_UP', 'ada@example.com'), await mayMail('SIGN_UP', 'ada@example.com')]).toEqual([
      true,
      true,
    ]);
    expect(await mayMail('SIGN_UP', 'ada@example.com')).toBe(false);
    expect(await mayMail('RESET_PASSWORD', 'ada@example.com')).toBe(true);
    expect(await mayMail('SIGN_UP', 'bob@example.com')).toBe(true);
  });

  it('are those to its mailbox, whatever follows a plus sign', async () => {
    const spellings = ['ada@example.com', 'ada+1@example.com', 'ada+2+3@example.com'];
    const sent: boolean[] = [];
    for (const email of spellings) sent.push((await rateLimits.mayMail(store, 'SIGN_UP', email, {})).isGranted);
    expect(sent).toEqual([true, true, false]);
  });

  it('can be requested a number of times from one network', async () => {
    expect(await allowed(() => rateLimits.takeMailRequest(client))).toBe(3);
    expect(await allowed(() => rateLimits.takeMailRequest({ ...client, ranges: null }))).toBe(10);
  });
});

it('the table of counters contains no address', async () => {
  await rateLimits.takePassword('ada@example.com', client);
  await rateLimits.mayMail(store, 'SIGN_UP', 'ada@example.com', {});
  const rows = JSON.stringify(await database.query('SELECT * FROM auth_rate_limit'));
  expect(rows).not.toMatch(/example|203\.0\.113/);
});
