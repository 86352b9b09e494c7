import { Agent, request } from 'node:http';

import { endPrograms, freePort, start } from '../test/support/program.js';
import type { Bench } from './bench.js';
import { until } from './watch.js';

/** What a server answered; `data` of a request that was refused is null or absent. */
export interface Answer {
  readonly status: number;
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/** One GraphQL request. */
export interface Question {
  readonly query: string;
  readonly variables?: object;
  readonly accessToken?: string;
}

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  /** @throws Error when there is no answer within a minute */
  readonly ask: (question: Question) => Promise<Answer>;
  /** How often it has read the row behind an access token so far. */
  readonly principalReads: () => Promise<number>;
  stop(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

const READY_MS = 180_000;
const ANSWER_MS = 60_000;
const KNOWN_MS = 20_000;

const agent = new Agent({ keepAlive: true, maxFreeSockets: 1000 });

const fetchText = (
  url: string,
  options: { method?: string; headers?: Record<string, string | number> } = {},
  body = '',
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent, timeout: ANSWER_MS }, (response) => {
      const chunks: string[] = [];
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: chunks.join('') }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url}`)));
    sent.on('error', reject);
    sent.end(body);
  });

const ask = async (url: string, { query, variables, accessToken }: Question): Promise<Answer> => {
  const body = JSON.stringify({ query, variables });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
  const { status, text } = await fetchText(`${url}/graphql`, { method: 'POST', headers }, body);
  const { data } = JSON.parse(text) as Partial<Answer>;
  return data === undefined ? { status } : { status, data };
};

const principalReads = async (metricsPort: string): Promise<number> => {
  const { text } = await fetchText(`http://127.0.0.1:${metricsPort}/metrics`);
  const [, reads] = /^gatehouse_principal_reads_total(?:\{[^}]*\})? (\d+)/m.exec(text) ?? [];
  if (reads === undefined) throw new Error('The server does not say how often it reads principals.');
  return Number(reads);
};

/** Starts `src/main.ts` as an operator does, and waits until it is ready. It is ended with the bench at the latest. */
export const startServer = async (bench: Bench, env: NodeJS.ProcessEnv): Promise<Server> => {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const program = start('main.ts', { ...env, PORT: port, METRICS_PORT: metricsPort }, [], '', []);
  bench.later(endPrograms);
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetchText(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const hasEnded = program.ended.then(() => false);
  if (!(await Promise.race([until(isReady, READY_MS), hasEnded])))
    throw new Error(`A server did not start. It said:\n${program.said()}`);
  return {
    url,
    ask: (question) => ask(url, question),
    principalReads: () => principalReads(metricsPort),
    async stop() {
      program.kill('SIGTERM');
      const { code } = await program.ended;
      if (code !== 0) throw new Error(`A server ended with ${code}. It said:\n${program.said()}`);
    },
    async kill() {
      program.kill('SIGKILL');
      await program.ended;
    },
  };
};

/** Waits until a server remembers somebody: a second question costs it no read of the row. */
export const makeKnown = async ({ ask, principalReads }: Server, question: Question): Promise<void> => {
  const isKnown = async () => {
    await ask(question);
    const before = await principalReads();
    await ask(question);
    return (await principalReads()) === before;
  };
  if (!(await until(isKnown, KNOWN_MS))) throw new Error('A server does not remember whom it has seen.');
};
