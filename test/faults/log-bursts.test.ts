import { PASSWORD, startApp } from '../support/app.js';
import { LoginDocument } from '../support/generated/operations.js';

const REQUESTS = 1_000;
const AT_ONCE = 50;

describe('G1: an outage of the database and of Redis', () => {
  it('makes few lines of 1,000 failed requests, and the last ones have their number', async () => {
    const app = await startApp({ REDIS_URL: 'redis://127.0.0.1:1' });
    const input = { email: 'somebody@example.com', password: PASSWORD };
    await app.gatehouse.store.close();
    let unavailable = 0;
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => app.send(LoginDocument, { input })));
      unavailable += answers.filter(({ status }) => status === 503).length;
    }
    await app.close();
    expect(unavailable).toBe(REQUESTS);

    const warnings = app.log
      .filter((line) => line.includes('"level":40'))
      .map((line) => JSON.parse(line) as { msg: string; err?: { type: string }; total?: number });
    for (const [message, type] of [
      ['request failed', 'GatehouseError'],
      ['REDIS_URL: Redis is unavailable, so the database counts for the rate limits', 'RedisUnavailable'],
    ]) {
      const lines = warnings.filter(({ msg }) => msg === message);
      expect(lines).toMatchObject([
        { err: { type } },
        ...lines.slice(1).map(() => ({ total: expect.any(Number) as number })),
      ]);
      expect(lines.at(-1)?.total).toBeGreaterThanOrEqual(REQUESTS);
      // One for every ten seconds.
      expect(lines.length).toBeLessThan(REQUESTS / 10);
    }
  });
});
