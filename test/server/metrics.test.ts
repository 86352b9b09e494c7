import type { AddressInfo } from 'node:net';

import { bearer, startApp, type TestApp } from '../support/app.js';
import { MeDocument } from '../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ METRICS_PORT: '0' });
});

afterAll(() => app.close());

const metrics = async (): Promise<string> => {
  const { port } = app.gatehouse.metricsServer?.server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
};

describe('/metrics', () => {
  it('is served on a port of its own, and not on the port of the API', async () => {
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
    expect(await metrics()).toContain('process_cpu_seconds_total');
  });

  it('counts the runs of periodic jobs', async () => {
    expect(await metrics()).toMatch(/gatehouse_job_runs_total\{job="outbox",outcome="succeeded"\} [1-9]/);
  });

  it('counts what waits in the outbox, and what was given up', async () => {
    await app.idle();
    const later = `now() + interval '1 hour'`;
    await app.database.query(
      `INSERT INTO auth_queue_entry (id, topic, payload, deliver_after, dead_at)
       VALUES (gen_random_uuid(), 'none', '{}', ${later}, NULL), (gen_random_uuid(), 'none', '{}', ${later}, now()),
              (gen_random_uuid(), 'none', '{}', ${later}, now())`,
    );
    const text = await metrics();
    expect(text).toContain('gatehouse_outbox_entries{state="waiting"} 1\n');
    expect(text).toContain('gatehouse_outbox_entries{state="dead"} 2\n');
  });

  it('shows how far the clock of the database is ahead', async () => {
    const [, seconds = ''] = /^gatehouse_clock_offset_seconds (\S+)$/m.exec(await metrics()) ?? [];
    // Both clocks are the one of this machine.
    expect(Math.abs(Number(seconds))).toBeLessThan(1);
  });

  it('counts the reads of the row behind an access token', async () => {
    const { tokens } = await app.newcomer();
    await app.send(MeDocument, {}, bearer(tokens.accessToken));
    expect(await metrics()).toContain(`gatehouse_principal_reads_total ${app.gatehouse.auth.principalReads()}\n`);
  });
});
