import { setTimeout as delay } from 'node:timers/promises';

import { createExhaustionReport } from '../../../src/auth/rate-limits/exhausted-limits.js';
import type { Store } from '../../../src/store/store.js';
import { client } from '../../support/core.js';

const start = () => {
  const events: { type: string; network: string | null; detail: object }[] = [];
  const add = (added: typeof events) => Promise.resolve(void events.push(...added));
  const store = { securityEvents: { add } } as unknown as Store;
  return { events, report: createExhaustionReport(store, () => new Date()) };
};

const limit = { name: 'password-network', key: 'a key', windowSeconds: 600 };

describe('the report of exhausted limits', () => {
  it('records a limit once in its window, with the network of the client and neither key nor address', async () => {
    const { events, report } = start();
    await report.record(limit, client);
    await report.record(limit, client);
    expect(events).toEqual([
      expect.objectContaining({
        type: 'RATE_LIMIT_EXHAUSTED',
        network: client.network,
        detail: { limit: 'password-network' },
      }) as unknown,
    ]);
  });

  it('records each counter by itself', async () => {
    const { events, report } = start();
    await report.record(limit, client);
    await report.record({ ...limit, key: 'another key' }, client);
    expect(events).toHaveLength(2);
  });

  it('records a limit again in its next window', async () => {
    const { events, report } = start();
    const short = { ...limit, windowSeconds: 0.01 };
    await report.record(short, client);
    await delay(30);
    await report.record(short, client);
    expect(events).toHaveLength(2);
  });

  it('returns the event again to a unit of work that a conflict has made run again, and to no other', () => {
    const { report } = start();
    const work = {};
    const event = { type: 'RATE_LIMIT_EXHAUSTED', detail: { limit: limit.name } };
    expect([report.eventOf(limit, work), report.eventOf(limit, work)]).toEqual([event, event]);
    expect(report.eventOf(limit, {})).toBeUndefined();
  });
});
