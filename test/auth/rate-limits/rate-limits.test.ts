import { createRateLimits } from '../../../src/auth/rate-limits/rate-limits.js';
import type { Store } from '../../../src/store/store.js';
import { client } from '../../support/core.js';
import { testKeys } from '../../support/test-keys.js';

const config = { mailsPerAddressPerHour: 3, mailRequestsPerNetworkPerHour: 20 };

/** Rate limits over a table that records what is spent and answers `secondsLeft`. */
const start = (secondsLeft = 0) => {
  const spent: { key: string; limit: number; windowSeconds: number }[] = [];
  const spend = (key: string, limit: number, windowSeconds: number) => {
    spent.push({ key, limit, windowSeconds });
    return Promise.resolve(secondsLeft);
  };
  const rows = { rateLimits: { spend } } as unknown as Store;
  return { rateLimits: createRateLimits(rows, config, testKeys), rows, spent };
};

describe('mayMail', () => {
  it('spends the hourly limit of the address, and allows the email while the limit is not exceeded', async () => {
    const { rateLimits, rows, spent } = start();
    expect(await rateLimits.mayMail(rows, 'SIGN_UP', 'ada@example.com')).toBe(true);
    expect(spent).toMatchObject([{ limit: 3, windowSeconds: 3600 }]);
  });

  it('refuses the email once the limit is exceeded', async () => {
    const { rateLimits, rows } = start(1800);
    expect(await rateLimits.mayMail(rows, 'SIGN_UP', 'ada@example.com')).toBe(false);
  });

  it('counts each kind and each address separately, under keys that contain no address', async () => {
    const { rateLimits, rows, spent } = start();
    await rateLimits.mayMail(rows, 'SIGN_UP', 'ada@example.com');
    await rateLimits.mayMail(rows, 'RESET_PASSWORD', 'ada@example.com');
    await rateLimits.mayMail(rows, 'SIGN_UP', 'bob@example.com');
    expect(new Set(spent.map(({ key }) => key)).size).toBe(3);
    expect(JSON.stringify(spent)).not.toContain('example.com');
  });
});

describe('mailRequest', () => {
  it('spends the hourly limit of the network and returns the seconds to wait', async () => {
    const { rateLimits, spent } = start(1800);
    expect(await rateLimits.mailRequest(client)).toBe(1800);
    expect(spent).toMatchObject([{ limit: 20, windowSeconds: 3600 }]);
  });

  it('does not limit clients whose network is unknown', async () => {
    const { rateLimits, spent } = start(1800);
    expect(await rateLimits.mailRequest({ ...client, network: null })).toBe(0);
    expect(spent).toEqual([]);
  });
});

describe('resetAddress', () => {
  it('resets the limit of every kind of email to the address, and of no other', async () => {
    const { rateLimits, rows, spent } = start();
    const kinds = ['SIGN_UP', 'RESET_PASSWORD', 'VERIFY_EMAIL', 'CHANGE_EMAIL'] as const;
    for (const kind of kinds) await rateLimits.mayMail(rows, kind, 'ada@example.com');
    const reset: string[] = [];
    const table = { rateLimits: { reset: (keys: string[]) => Promise.resolve(void reset.push(...keys)) } };
    await rateLimits.resetAddress(table as unknown as Store, 'ada@example.com');
    expect(reset).toEqual(spent.map(({ key }) => key));
  });
});
