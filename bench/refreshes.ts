import type { Bench, Benchmark } from './bench.js';
import { median, maximum, formatMs, sum } from './statistics.js';
import { createPopulation, type Population } from './population.js';
import { startServer, type GraphQLResponse, type Server } from './servers.js';
import { ME } from './revocations.js';

const ROUNDS = 100;
const REFRESHES = 1000;
const PROGRESS_ROUNDS = 10;
const WARM_UP_ROUNDS = 50;
const WARM_UP_REFRESHES = 20;

const MUTATION = `mutation($input: RefreshSessionInput!) {
  refreshSession(input: $input) { __typename ... on RefreshSessionSuccess { accessToken refreshToken } }
}`;

interface Success {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const refresh = (server: Server, refreshToken: string): Promise<GraphQLResponse> =>
  server.send({ query: MUTATION, variables: { input: { refreshToken } } });

const successOf = ({ data }: GraphQLResponse): Success | undefined => {
  const result = data?.['refreshSession'] as (Success & { __typename: string }) | undefined;
  return result?.__typename === 'RefreshSessionSuccess' ? result : undefined;
};

interface Round {
  readonly faults: number;
  /** Responses without the tokens of the next generation. */
  readonly refused: number;
  readonly successors: number;
  readonly generations: number;
  readonly isUsable: boolean;
  readonly tookMs: number;
}

const generationOf = async ({ query }: Population, sessionId: string): Promise<number> => {
  const [row] = await query<{ generation: number }>(
    'SELECT generation FROM auth_session WHERE id = $1 AND revoked_at IS NULL',
    [sessionId],
  );
  return row?.generation ?? NaN;
};

/** Refreshes with one token many times concurrently, half of them on each of two servers, and then with its successor. */
const refreshAtOnce = async (
  population: Population,
  servers: readonly [Server, Server],
  count: number,
): Promise<Round> => {
  const [one, two] = servers;
  const { refreshToken, sessionId } = await population.createUser();
  const before = await generationOf(population, sessionId);
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => refresh(index % 2 === 0 ? one : two, refreshToken)),
  );
  const tookMs = performance.now() - startedAt;
  const successes = answers.map(successOf).filter((success) => success !== undefined);
  const successors = new Set(successes.map((success) => success.refreshToken));
  const generations = (await generationOf(population, sessionId)) - before;

  // An accepted access token of the successor confirms its generation.
  const next = successOf(await refresh(two, successes[0]?.refreshToken ?? ''));
  const accepted = await one.send({ query: ME, accessToken: next?.accessToken ?? '' });
  return {
    faults: answers.filter(({ status }) => status !== 200).length,
    refused: answers.length - successes.length,
    successors: successors.size,
    generations,
    isUsable: accepted.status === 200,
    tookMs,
  };
};

const work = async (bench: Bench): Promise<void> => {
  const population = await createPopulation(bench);
  if (bench.flags.has('--serializable')) {
    const name = new URL(population.databaseUrl).pathname.slice(1);
    await population.query(`ALTER DATABASE ${name} SET default_transaction_isolation TO 'serializable'`);
  }
  const servers = await Promise.all([startServer(bench, population.env), startServer(bench, population.env)]);
  // Warm-up for the JIT compiler.
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await refreshAtOnce(population, servers, WARM_UP_REFRESHES);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) {
    rounds.push(await refreshAtOnce(population, servers, REFRESHES));
    if (rounds.length % PROGRESS_ROUNDS === 0) {
      const last = rounds.slice(-PROGRESS_ROUNDS);
      const faults = sum(last.map((round) => round.faults));
      console.log(
        `  ${rounds.length} rounds, the last median ${formatMs(median(last.map(({ tookMs }) => tookMs)))}, ${faults} faults`,
      );
    }
  }

  const took = rounds.map(({ tookMs }) => tookMs);
  console.log(
    `${ROUNDS} times ${REFRESHES} refreshes of one token at once, over two servers: median ${formatMs(median(took)).trim()}, ` +
      `most ${formatMs(maximum(took)).trim()}; ${sum(rounds.map(({ refused }) => refused))} got no successor.`,
  );
  const lost = rounds.filter(({ isUsable }) => !isUsable).length;
  const faults = sum(rounds.map((round) => round.faults));
  bench.check(`every response has status 200 (${faults} others)`, faults === 0);
  bench.check(
    'every response contains the same successor',
    rounds.every((round) => round.successors === 1 && round.refused === 0),
  );
  bench.check(
    'the session advances by one generation',
    rounds.every(({ generations }) => generations === 1),
  );
  bench.check(
    `no session is lost: its successor can be refreshed, and the result is accepted (${lost} lost)`,
    lost === 0,
  );
};

/** `npm run bench -- refreshes` */
export const refreshes: Benchmark = { minutes: 30, flags: ['--serializable'], work };
