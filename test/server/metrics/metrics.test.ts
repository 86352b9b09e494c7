import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';

import { metricDefinitions } from '../../../src/server/metrics/definitions.js';
import { createMetrics, type MetricSources } from '../../../src/server/metrics/metrics.js';
import { bearer, startApp, type TestApp } from '../../support/app.js';
import { LoginDocument, MeDocument, RefreshSessionDocument } from '../../support/generated/operations.js';
import { sendRaw } from '../../support/raw-http.js';

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

/** The value of a time series; 0 if it does not exist. */
const valueOf = async (series: string): Promise<number> => {
  const line = (await metrics()).split('\n').find((text) => text.startsWith(`${series} `));
  return Number(line?.split(' ')[1] ?? 0);
};

describe('/metrics', () => {
  it('is served on a port of its own, and not on the port of the API', async () => {
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
    expect(await metrics()).toContain('process_cpu_seconds_total');
  });

  it('counts requests by kind of operation and status, and errors by code', async () => {
    const { tokens } = await app.newcomer();
    const count = 'gatehouse_http_request_duration_seconds_count';
    const counted = () =>
      Promise.all(
        [
          `${count}{operation="query",status="200"}`,
          `${count}{operation="query",status="401"}`,
          `${count}{operation="mutation",status="200"}`,
          `${count}{operation="none",status="400"}`,
          'gatehouse_errors_total{code="UNAUTHENTICATED"}',
          'gatehouse_errors_total{code="GRAPHQL_PARSE_FAILED"}',
          'gatehouse_errors_total{code="QUERY_TOO_COMPLEX"}',
          'gatehouse_errors_total{code="BAD_REQUEST"}',
        ].map(valueOf),
      );
    const before = await counted();
    await app.send(MeDocument, {}, bearer(tokens.accessToken));
    await app.send(MeDocument, {});
    await app.send(LoginDocument, { input: { email: 'nobody@example.com', password: 'not a password' } });
    await app.post(JSON.stringify({ query: '{' }));
    await app.post(JSON.stringify({ query: `{ ${'a '.repeat(5000)} }` }));
    await app.post('{');
    const after = await counted();
    expect(after.map((value, at) => value - (before[at] ?? 0))).toEqual([1, 1, 1, 3, 1, 1, 1, 1]);
  });

  it('counts logins and refreshes by outcome', async () => {
    const user = await app.createUser();
    const names = [
      'gatehouse_logins_total{outcome="succeeded"}',
      'gatehouse_logins_total{outcome="INVALID_CREDENTIALS"}',
      'gatehouse_refreshes_total{outcome="succeeded"}',
      'gatehouse_refreshes_total{outcome="INVALID_REFRESH_TOKEN"}',
    ];
    const before = await Promise.all(names.map(valueOf));
    const { refreshToken } = await app.login(user);
    await app.send(LoginDocument, { input: { email: user.email, password: 'not the right password' } });
    await app.send(RefreshSessionDocument, { input: { refreshToken: refreshToken ?? '' } });
    await app.send(RefreshSessionDocument, { input: { refreshToken: 'none' } });
    const after = await Promise.all(names.map(valueOf));
    expect(after.map((value, at) => value - (before[at] ?? 0))).toEqual([1, 1, 1, 1]);
  });

  it('observes how long password hashes wait for a slot', async () => {
    const before = await valueOf('gatehouse_password_hash_wait_seconds_count');
    await app.createUser();
    expect(await valueOf('gatehouse_password_hash_wait_seconds_count')).toBe(before + 1);
    expect(await metrics()).toContain('gatehouse_password_hash_waiting 0\n');
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

  it('counts the reads of the row behind an access token, and the principals that were cached', async () => {
    const { tokens } = await app.newcomer();
    const lookups = async () =>
      (await valueOf('gatehouse_principal_reads_total')) + (await valueOf('gatehouse_principal_cache_hits_total'));
    const before = await lookups();
    await app.send(MeDocument, {}, bearer(tokens.accessToken));
    await app.send(MeDocument, {}, bearer(tokens.accessToken));
    expect(await metrics()).toContain(`gatehouse_principal_reads_total ${app.gatehouse.auth.principalReads()}\n`);
    expect(await lookups()).toBe(before + 2);
  });

  it('shows the version of Gatehouse and of Node.js', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await metrics()).toContain(
      `gatehouse_build_info{version="${version}",node="${process.version.slice(1)}"} 1\n`,
    );
  });
});

describe('F11: the labels of metrics', () => {
  const seriesIn = (text: string): string[] =>
    text
      .split('\n')
      // Jobs run meanwhile.
      .filter((line) => line.startsWith('gatehouse') && !line.startsWith('gatehouse_job_'))
      .map((line) => line.replace(/ \S+$/, ''));

  it('do not depend on what callers send: operation names, methods, paths and user agents', async () => {
    const odd = Array.from({ length: 250 }, (_, at) => at);
    const sendOddRequests = (from: number, to: number) =>
      Promise.all(
        odd.slice(from, to).flatMap((at) => [
          app.post(JSON.stringify({ query: `query Odd${at} { authConfig { signUp } }` }), {
            'user-agent': `odd/${at}`,
          }),
          app.post(JSON.stringify({ query: `{ odd${at} }`, operationName: `odd ${at}` })),
          fetch(`${app.url}/odd-${at}?odd=${at}`).then((response) => response.text()),
          sendRaw(app.url, `ODD${at} / HTTP/1.1\nHost: odd${at}`),
        ]),
      );
    // The first of each kind may create the series of its status.
    await sendOddRequests(0, 5);
    const before = seriesIn(await metrics());
    for (let from = 5; from < odd.length; from += 35) await sendOddRequests(from, from + 35);
    const text = await metrics();
    expect(seriesIn(text)).toEqual(before);
    expect(text.toLowerCase()).not.toContain('odd');
  });
});

describe('a metric', () => {
  interface Family {
    readonly name: string;
    readonly type: string;
    readonly help: string;
  }
  let families: Family[];
  let text: string;

  beforeAll(async () => {
    text = await metrics();
    families = Array.from(
      text.matchAll(/^# HELP (\S+) ?(.*)\n# TYPE (\S+) (\S+)$/gm),
      ([, name = '', help = '', , type = '']) => ({
        name,
        help,
        type,
      }),
    );
  });

  it('is documented, and every documented metric exists', () => {
    const names = families.map(({ name }) => name).filter((name) => name.startsWith('gatehouse_'));
    expect(names.sort()).toEqual(Object.keys(metricDefinitions).sort());
    const page = readFileSync('docs/metrics.md', 'utf8');
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('follows the conventions of Prometheus for names', () => {
    expect(families.length).toBeGreaterThan(40);
    const faults = families.flatMap(({ name, type, help }) => [
      ...(help.trim() === '' ? [`${name} has no help`] : []),
      ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name} is not in lower case`]),
      ...((type === 'counter') === name.endsWith('_total') ? [] : [`${name} is a ${type}`]),
      ...(/_(?:gauge|counter|histogram|summary)(?:_|$)/.test(name) ? [`${name} names its type`] : []),
      ...(/_(?:bucket|count|sum)$/.test(name) ? [`${name} ends like a part of a histogram`] : []),
      ...(/_(?:ms|milliseconds|minutes|hours|days|kb|kilobytes|mb|megabytes|percent)(?:_|$)/.test(name)
        ? [`${name} is not in a base unit`]
        : []),
    ]);
    expect(faults).toEqual([]);
  });

  it('has no finding of promtool, where it is installed', () => {
    const { status, error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    if (error) return;
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});

describe('the alert rules', () => {
  const file = 'examples/prometheus/alerts.yml';

  it('name metrics that exist', () => {
    const names = readFileSync(file, 'utf8').match(/gatehouse_[a-z_]+/g) ?? [];
    expect(names.length).toBeGreaterThan(10);
    const unknown = names.filter((name) => !(name.replace(/_bucket$/, '') in metricDefinitions));
    expect(unknown).toEqual([]);
  });

  it('are valid for promtool, where it is installed', () => {
    const { status, error, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    if (error) return;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('while the database does not respond', () => {
  const sources: MetricSources = {
    principalReads: () => 7,
    principalCacheState: () => ({ hits: 0, size: 0, isInUse: false, echoAgeSeconds: Infinity }),
    poolState: () => ({ idle: 0, inUse: 3, waiting: 2 }),
    hashesWaiting: () => 0,
    clockOffsetSeconds: () => 0,
    countOutbox: () => new Promise(() => undefined),
  };

  it('the metrics come without the outbox, and ask the database no second time', async () => {
    let asked = 0;
    const { readFrom, text } = createMetrics();
    readFrom({
      ...sources,
      countOutbox: () => {
        asked += 1;
        return sources.countOutbox();
      },
    });
    for (const answer of await Promise.all([text(), text()])) {
      expect(answer).not.toContain('gatehouse_outbox_entries{');
      expect(answer).toContain('gatehouse_principal_reads_total 7\n');
      expect(answer).toContain('gatehouse_database_waiting 2\n');
      expect(answer).toContain('gatehouse_database_connections{state="in_use"} 3\n');
      expect(answer).toContain('gatehouse_notice_echo_age_seconds +Inf\n');
    }
    expect(asked).toBe(1);
  });
});
