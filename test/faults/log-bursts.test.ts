import { PASSWORD, startApp } from '../support/app.js';
import { LoginDocument } from '../support/generated/operations.js';

const REQUESTS = 1_000;
const AT_ONCE = 50;

describe('G1: an outage of the database', () => {
  it('makes few lines of 1,000 failed requests, and the last one has their number', async () => {
    const app = await startApp();
    const input = { email: 'somebody@example.com', password: PASSWORD };
    await app.gatehouse.store.close();
    let unavailable = 0;
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => app.send(LoginDocument, { input })));
      unavailable += answers.filter(({ status }) => status === 503).length;
    }
    await app.close();

    const failures = app.log
      .filter((line) => line.includes('"level":40'))
      .map((line) => JSON.parse(line) as { msg: string; err?: object; total?: number })
      .filter(({ msg }) => msg === 'request failed');
    expect(unavailable).toBe(REQUESTS);
    expect(failures[0]).toMatchObject({ err: { type: 'GatehouseError' } });
    expect(failures.at(-1)).toMatchObject({ total: REQUESTS });
    // One for every ten seconds.
    expect(failures.length).toBeLessThan(REQUESTS / 10);
  });
});
