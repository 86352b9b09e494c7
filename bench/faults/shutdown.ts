import { setTimeout as delay } from 'node:timers/promises';

import { maximum, sum } from '../statistics.js';
import { PASSWORD, type BenchUser } from '../population.js';
import { ME } from '../revocations.js';
import { startBuiltServer, type BuiltServer } from './built-server.js';
import { formatSeconds, startDatabase, type Fault, type FaultRun } from './fault.js';

const SHUTDOWNS = 10;
const REQUESTS_PER_SECOND = 200;
const LOAD_MS = 2_000;
const EXIT_MS = 10_000;
const USERS = 100;
const WARM_UP_REQUESTS = 500;
const WARM_UP_CLIENTS = 10;

type Send = (server: BuiltServer, index: number) => Promise<string>;

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename } }`;

/** The outcome of the requests to one server until it has ended. */
interface ShutdownFigures {
  readonly sent: number;
  /** Requests that the server had begun to process, by its log. */
  readonly accepted: number;
  /** Of these, the ones whose response arrived. */
  readonly answered: number;
  /** Responses with another status than 200, except those that a closing server gives to a request that comes too late. */
  readonly failed: readonly string[];
  /** Requests that came too late. */
  readonly late: number;
  readonly exitCode: number | null;
  readonly exitMs: number;
}

const countLines = (output: string, message: string): number => output.split(`"msg":"${message}"`).length - 1;

/** The load begins when the server has compiled its code. Before that, connections wait in the queue of the operating system. */
const warmUp = async (server: BuiltServer, send: Send): Promise<number> => {
  let sent = 0;
  const client = async () => {
    while (sent < WARM_UP_REQUESTS) {
      sent += 1;
      await send(server, sent);
    }
  };
  await Promise.all(Array.from({ length: WARM_UP_CLIENTS }, client));
  return countLines(server.output(), 'incoming request');
};

const shutDown = async (server: BuiltServer, send: Send): Promise<ShutdownFigures> => {
  const before = await warmUp(server, send);
  const requests: Promise<string>[] = [];
  const startedAt = performance.now();
  let hasEnded = false;
  const sendDue = () => {
    while (!hasEnded && requests.length < ((performance.now() - startedAt) * REQUESTS_PER_SECOND) / 1000)
      requests.push(send(server, requests.length));
  };
  const timer = setInterval(sendDue, 1000 / REQUESTS_PER_SECOND);
  await delay(LOAD_MS);
  const stoppedAt = performance.now();
  server.kill('SIGTERM');
  const exitCode = await server.ended;
  const exitMs = performance.now() - stoppedAt;
  hasEnded = true;
  clearInterval(timer);
  const results = await Promise.all(requests);
  const answers = results.filter((result) => result !== 'no response');
  return {
    sent: results.length,
    accepted: countLines(server.output(), 'incoming request') - before,
    answered: answers.length,
    failed: [
      ...answers.filter((result) => result !== '200' && result !== '503'),
      // A request that comes too late is refused before it is processed, without this line.
      ...(server.output().match(/"msg":"request failed"/g) ?? []),
    ],
    late: answers.filter((result) => result === '503').length,
    exitCode,
    exitMs,
  };
};

const work = async (run: FaultRun): Promise<void> => {
  const { population } = await startDatabase(run);
  const env = {
    ...population.env,
    LOG_LEVEL: 'info',
    LOGIN_ATTEMPTS_PER_ACCOUNT: '1000',
    LOGIN_ATTEMPTS_PER_NETWORK: '1000000',
  };
  const users: BenchUser[] = [];
  while (users.length < USERS) users.push(await population.createUser());
  const send = (server: BuiltServer, index: number): Promise<string> => {
    const user = users[Math.floor(index / 10) % USERS];
    const login = { query: LOGIN, variables: { input: { email: user?.email, password: PASSWORD } } };
    const request = index % 10 === 0 ? login : { query: ME, accessToken: user?.accessToken ?? '' };
    return server.send(request).then(
      ({ status }) => String(status),
      () => 'no response',
    );
  };
  const all: ShutdownFigures[] = [];
  for (let count = 0; count < run.times(SHUTDOWNS); count += 1) {
    all.push(await shutDown(await startBuiltServer(run, env), send));
    await population.query('DELETE FROM auth_rate_limit');
  }
  const accepted = sum(all.map((figures) => figures.accepted));
  const unanswered = accepted - sum(all.map((figures) => figures.answered));
  const failed = all.flatMap((figures) => figures.failed);
  const exitMs = all.map((figures) => figures.exitMs);
  console.log(
    `${all.length} times SIGTERM under ${REQUESTS_PER_SECOND} requests per second: ${sum(all.map(({ sent }) => sent))} requests sent, ${accepted} accepted, ${sum(all.map(({ late }) => late))} ` +
      `refused with SERVICE_UNAVAILABLE because they came too late; the process ended after ${formatSeconds(maximum(exitMs))} at most.`,
  );
  run.check(`every accepted request got its response (${unanswered} did not)`, accepted > 0 && unanswered === 0);
  run.check(`no accepted request failed (${[...new Set(failed)].join(', ') || 'none did'})`, failed.length === 0);
  run.check(
    'the process ends with 0',
    all.every(({ exitCode }) => exitCode === 0),
  );
  run.check('the process ends within 10 s', maximum(exitMs) <= EXIT_MS);
};

/** `npm run faults -- --only shutdown` */
export const shutdown: Fault = {
  summary: 'the server gets SIGTERM under 200 requests per second, 10 times',
  minutes: 10,
  work,
};
