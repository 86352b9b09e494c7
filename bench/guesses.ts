/**
 * `npm run bench -- guesses` sends 1,000 guesses at a time at one account, to two servers on one database, from 1,000 networks,
 * from one network, and with many aliases in many documents, and counts how many passwords the servers evaluated. Each guess is
 * also sent to an address that has no user: the responses must not tell which is which. The owner meanwhile logs in from a
 * device that the account knows. It does all of this again with the counters on Redis, if TEST_REDIS_URL is set.
 */
import { randomInt } from 'node:crypto';

import type { Bench, Benchmark } from './bench.js';
import { createPopulation, PASSWORD, type Population } from './population.js';
import { startServer, type Server } from './servers.js';

const GUESSES = 1000;
const ALIASES = 10;
/** The limits of docs/security.md. */
const ACCOUNT_LIMIT = 10;
const PAIR_LIMIT = 5;

const EVALUATED = 'InvalidCredentialsError';

interface Way {
  readonly name: string;
  /** The passwords that may be evaluated. */
  readonly limit: number;
  readonly documents: number;
  readonly aliases: number;
  /** The client's address for each document. */
  readonly address: (index: number) => string;
}

const oneNetwork = () => {
  const address = `198.18.${randomInt(256)}.7`;
  return () => address;
};
/** Each in a /24 of its own. */
const manyNetworks = (index: number) => `10.${index >> 8}.${index & 255}.7`;

const ways = (): Way[] => [
  { name: '1,000 networks', limit: ACCOUNT_LIMIT, documents: GUESSES, aliases: 1, address: manyNetworks },
  { name: 'one network', limit: PAIR_LIMIT, documents: GUESSES, aliases: 1, address: oneNetwork() },
  { name: 'one document', limit: PAIR_LIMIT, documents: 1, aliases: ALIASES, address: oneNetwork() },
  {
    name: 'documents with aliases',
    limit: PAIR_LIMIT,
    documents: GUESSES / ALIASES,
    aliases: ALIASES,
    address: oneNetwork(),
  },
  {
    name: 'the same from many networks',
    limit: ACCOUNT_LIMIT,
    documents: GUESSES / ALIASES,
    aliases: ALIASES,
    address: manyNetworks,
  },
];

const guessing = (email: string, aliases: number): string =>
  `mutation { ${Array.from(
    { length: aliases },
    (_, index) =>
      `g${index}: login(input: { email: "${email}", password: "not the right password" }) { __typename ... on RateLimitedError { retryAfterSeconds } }`,
  ).join(' ')} }`;

/** Sends all documents at once, to the servers in turn. Returns the number of results of each type, and calls `onFirst` early. */
const guess = async (
  servers: readonly Server[],
  email: string,
  { documents, aliases, address }: Way,
  onFirst?: () => void,
) => {
  const query = guessing(email, aliases);
  const sent = Array.from({ length: documents }, async (_, index) => {
    const { data } = (await servers[index % servers.length]?.send({ query, address: address(index) })) ?? {};
    return Object.values(data ?? {}) as { __typename: string }[];
  });
  if (onFirst) void Promise.race(sent).then(onFirst);
  const counts: Record<string, number> = {};
  for (const { __typename } of (await Promise.all(sent)).flat()) counts[__typename] = (counts[__typename] ?? 0) + 1;
  return counts;
};

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { deviceToken } } }`;

const logIn = async ({ send }: Server, email: string, deviceToken?: string) => {
  const input = { email, password: PASSWORD, ...(deviceToken === undefined ? {} : { deviceToken }) };
  const { data } = await send({ query: LOGIN, variables: { input } });
  return data?.['login'] as { __typename: string; deviceToken?: string } | undefined;
};

const tryBackend = async (bench: Bench, population: Population, backend: string, env: NodeJS.ProcessEnv) => {
  // The queue for hashes holds every guess, so that only the limits refuse one.
  const servers = [
    await startServer(bench, { ...population.env, HASH_QUEUE: '4000', ...env }),
    await startServer(bench, { ...population.env, HASH_QUEUE: '4000', ...env }),
  ];
  const [first] = servers;
  if (!first) return;
  console.log(`\nCounters on ${backend}: evaluated of a known and of an unknown address, and the login of the owner`);
  for (const [index, way] of ways().entries()) {
    const { email } = await population.createUser();
    const known = await logIn(first, email);
    const unknown = `nobody-${backend.toLowerCase()}-${index}@example.com`;
    const ofUnknown = await guess(servers, unknown, way);
    // After the first guesses have been counted, so that the login needs the device token.
    let ownersLogin: ReturnType<typeof logIn> | undefined;
    const ofKnown = await guess(servers, email, way, () => {
      ownersLogin = logIn(first, email, known?.deviceToken);
    });
    const owner = await ownersLogin;
    const evaluated = [ofKnown[EVALUATED] ?? 0, ofUnknown[EVALUATED] ?? 0] as const;
    console.log(`  ${way.name.padEnd(30)} ${evaluated.join(' and ')}   owner: ${owner?.__typename ?? 'no response'}`);
    bench.check(
      `${backend}, ${way.name}: at most ${way.limit} guesses are evaluated`,
      Math.max(...evaluated) <= way.limit,
    );
    const types = (counts: object) => Object.keys(counts).sort().join();
    bench.check(`${backend}, ${way.name}: known and unknown get the same results`, types(ofKnown) === types(ofUnknown));
    bench.check(`${backend}, ${way.name}: the owner logs in from a known device`, owner?.__typename === 'LoginSuccess');
  }
  for (const server of servers) await server.stop();
};

export const guesses: Benchmark = {
  minutes: 10,
  flags: [],
  work: async (bench) => {
    const population = await createPopulation(bench);
    await tryBackend(bench, population, 'PostgreSQL', {});
    const redisUrl = process.env['TEST_REDIS_URL'];
    if (redisUrl === undefined) console.log('\nWithout TEST_REDIS_URL, the counters on Redis are not tried.');
    else await tryBackend(bench, population, 'Redis', { REDIS_URL: redisUrl });
  },
};
