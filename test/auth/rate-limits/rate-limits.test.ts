import { createRateLimits } from '../../../src/auth/rate-limits/rate-limits.js';
import type { Store } from '../../../src/store/store.js';
import { client } from '../../support/core.js';
import { testKeys } from '../../support/test-keys.js';

const config = { mailsPerAddressPerHour: 3, mailRequestsPerNetworkPerHour: 20 };

const now = () => new Date('2026-01-02T03:04:05Z');

/** Rate limits over a table that records what is spent and answers `secondsLeft`, as the first or a later refusal. */
const start = (secondsLeft = 0, isNewlyExhausted = false) => {
  const spent: { key: string; limit: number; windowSeconds: number }[] = [];
  const spend = (key: string, limit: number, windowSeconds: number) => {
    spent.push({ key, limit, windowSeconds });
    return Promise.resolve({ retryAfterSeconds: secondsLeft, isNewlyExhausted });
  };
  const events: { type: string; network: string | null; detail: object }[] = [];
  const add = (added: typeof events) => Promise.resolve(void events.push(...added));
  const rows = { rateLimits: { spend }, securityEvents: { add } } as unknown as Store;
  return { rateLimits: createRateLimits(rows, config, testKeys, now), rows, spent, events };
};

describe('mayMail', () => {
  it('spends the hourly limit of the address, and allows the email while the limit is not exceeded', async () => {
    const { rateLimits, rows, spent } = start();
    expect(await rateLimits.mayMail(rows, 'SIGN_UP', 'ada@example.com')).toEqual({ isGranted: true });
    expect(spent).toMatchObject([{ limit: 3, windowSeconds: 3600 }]);
  });

  it('refuses the email once the limit is exceeded', async () => {
    const { rateLimits, rows } = start(1800);
    expect(await rateLimits.mayMail(rows, 'SIGN_UP', 'ada@example.com')).toEqual({ isGranted: false });
  });

  it('returns the event of the first refusal, which names the limit and no address', async () => {
    const { rateLimits, rows } = start(1800, true);
    expect(await rateLimits.mayMail(rows, 'SIGN_UP', 'ada@example.com')).toEqual({
      isGranted: false,
      exhaustion: { type: 'RATE_LIMIT_EXHAUSTED', detail: { limit: 'mail-SIGN_UP' } },
    });
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

  it('records the first refusal with the network of the client, and no later one', async () => {
    const first = start(1800, true);
    await first.rateLimits.mailRequest(client);
    expect(first.events).toMatchObject([
      { type: 'RATE_LIMIT_EXHAUSTED', network: client.network, detail: { limit: 'mail-request' } },
    ]);
    const later = start(1700);
    await later.rateLimits.mailRequest(client);
    expect(later.events).toEqual([]);
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
