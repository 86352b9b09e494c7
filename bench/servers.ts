import { randomInt } from 'node:crypto';
import { Agent, request } from 'node:http';

import { endPrograms, freePort, start } from '../test/support/program.js';
import type { Bench } from './bench.js';
import { waitUntil } from './load-generator.js';

/** The `data` of a refused request is null or absent. */
export interface GraphQLResponse {
  readonly status: number;
  readonly data?: Readonly<Record<string, unknown>> | null;
}

export interface GraphQLRequest {
  readonly query: string;
  readonly variables?: object;
  readonly accessToken?: string;
  /** The address of the client; a random one if absent. */
  readonly address?: string;
}

/** A server that runs in its own process. */
export interface Server {
  readonly url: string;
  /** @throws Error when there is no response within a minute */
  readonly send: (request: GraphQLRequest) => Promise<GraphQLResponse>;
  /** The number of principals that the server has read from the database. */
  readonly principalReads: () => Promise<number>;
  readonly residentMegabytes: () => Promise<number>;
  /** Standard output and standard error up to now. */
  readonly output: () => string;
  stop(): Promise<void>;
  /** Kills the process without a shutdown. */
  kill(): Promise<void>;
}

const READY_MS = 180_000;
const RESPONSE_MS = 60_000;
const CACHED_MS = 20_000;

const agent = new Agent({ keepAlive: true, maxFreeSockets: 1000 });

const fetchText = (
  url: string,
  options: { method?: string; headers?: Record<string, string | number> } = {},
  body = '',
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent, timeout: RESPONSE_MS }, (response) => {
      const chunks: string[] = [];
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: chunks.join('') }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no response from ${url}`)));
    sent.on('error', reject);
    sent.end(body);
  });

/** An address of its own for each request, as a proxy would report it: the benchmarks do not measure rate limits by network. */
const randomAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;

export const sendRequest = async (
  url: string,
  { query, variables, accessToken, address = randomAddress() }: GraphQLRequest,
): Promise<GraphQLResponse> => {
  const body = JSON.stringify({ query, variables });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-forwarded-for': address,
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
  const { status, text } = await fetchText(`${url}/graphql`, { method: 'POST', headers }, body);
  const { data } = JSON.parse(text) as Partial<GraphQLResponse>;
  return data === undefined ? { status } : { status, data };
};

/** Reads a metric without labels, or the first of its time series. */
export const readMetric = async (metricsPort: string, name: string): Promise<number> => {
  const { text } = await fetchText(`http://127.0.0.1:${metricsPort}/metrics`);
  const [, value] = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text) ?? [];
  if (value === undefined) throw new Error(`The server has no metric ${name}.`);
  return Number(value);
};

/**
 * Starts `src/main.ts` and waits until it is ready. The server is ended when the benchmark ends.
 *
 * @param folder the checkout whose server is started, by default this one
 */
export const startServer = async (bench: Bench, env: NodeJS.ProcessEnv, folder?: string): Promise<Server> => {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const program = start(
    'main.ts',
    { TRUST_PROXY: '1', ...env, PORT: port, METRICS_PORT: metricsPort },
    [],
    '',
    [],
    folder,
  );
  bench.onEnd(endPrograms);
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetchText(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const hasEnded = program.ended.then(() => false);
  if (!(await Promise.race([waitUntil(isReady, READY_MS), hasEnded])))
    throw new Error(`A server did not start. Its output:\n${program.said()}`);
  return {
    url,
    send: (request) => sendRequest(url, request),
    principalReads: () => readMetric(metricsPort, 'gatehouse_principal_reads_total'),
    residentMegabytes: async () => (await readMetric(metricsPort, 'process_resident_memory_bytes')) / 2 ** 20,
    output: () => program.said(),
    async stop() {
      program.kill('SIGTERM');
      const { code } = await program.ended;
      if (code !== 0) throw new Error(`A server ended with ${code}. Its output:\n${program.said()}`);
    },
    async kill() {
      program.kill('SIGKILL');
      await program.ended;
    },
  };
};

/** Sends a request until the server has cached its principal, so that a second request does not read it again. */
export const waitUntilCached = async ({ send, principalReads }: Server, request: GraphQLRequest): Promise<void> => {
  const isCached = async () => {
    await send(request);
    const before = await principalReads();
    await send(request);
    return (await principalReads()) === before;
  };
  if (!(await waitUntil(isCached, CACHED_MS))) throw new Error('A server does not cache the principal.');
};
