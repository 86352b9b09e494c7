import { randomBytes, scryptSync } from 'node:crypto';

import argon2 from 'argon2';
import bcrypt from 'bcrypt';

import type { Bench, Benchmark } from './bench.js';
import { areaUnderCurve, aucTolerance, shuffled } from './auc.js';
import { printRow, median, formatMs } from './statistics.js';
import { createPopulation, type Population } from './population.js';
import { startServer, type Server } from './servers.js';

const SAMPLES = 2000;
const QUICK_SAMPLES = 100;
const WARM_UP = 50;
/** Accounts of each kind, which are used in turn. */
const ACCOUNTS = 50;
const GUESS = 'a password that an attacker guesses';

/** Returns an address of some kind; a new one each time for addresses without an account. */
type AddressGenerator = () => string;

const mutation = (name: string, input: string, selection: string) =>
  `mutation ($input: ${input}!) { ${name}(input: $input) { ${selection} } }`;

const operations = {
  login: { query: mutation('login', 'LoginInput', '__typename ... on ErrorResult { code message }'), password: true },
  signUp: { query: mutation('signUp', 'SignUpInput', '__typename'), password: true },
  requestPasswordReset: {
    query: mutation('requestPasswordReset', 'RequestPasswordResetInput', '__typename'),
    password: false,
  },
  resendVerificationEmail: {
    query: mutation('resendVerificationEmail', 'ResendVerificationEmailInput', '__typename'),
    password: false,
  },
} as const;

type Operation = keyof typeof operations;

const names = Object.keys(operations) as Operation[];

/** Sends a request and measures the milliseconds until the response. */
const measure = async (
  server: Server,
  operation: Operation,
  email: string,
): Promise<{ took: number; response: string }> => {
  const { query, password } = operations[operation];
  const input = password ? { email, password: GUESS } : { email };
  const startedAt = performance.now();
  const { status, data } = await server.send({ query, variables: { input } });
  return { took: performance.now() - startedAt, response: `${status} ${JSON.stringify(data)}` };
};

/** The samples of each kind. */
type Samples = ReadonlyMap<string, { readonly took: number[]; readonly responses: Set<string> }>;

/** Takes samples of all kinds in random order, so that other activity of the machine affects all of them equally. */
const sample = async (
  kinds: Readonly<Record<string, AddressGenerator>>,
  count: number,
  measure: (email: string) => Promise<{ took: number; response: string }>,
  { query }: Population,
): Promise<Samples> => {
  const samples = new Map(
    Object.keys(kinds).map((kind) => [kind, { took: [] as number[], responses: new Set<string>() }]),
  );
  for (let round = -WARM_UP; round < count; round += 1) {
    // The accounts are used again and addresses without an account are not, so that only the former would have to wait.
    if (round % ACCOUNTS === 0) await query('DELETE FROM auth_rate_limit');
    for (const [kind, addressOf] of shuffled(Object.entries(kinds))) {
      const { took, response } = await measure(addressOf());
      if (round < 0) continue;
      samples.get(kind)?.took.push(took);
      samples.get(kind)?.responses.add(response);
    }
  }
  return samples;
};

interface Comparison {
  readonly name: string;
  readonly area: number;
  readonly allowed: number;
}

/** Compares each pair of kinds. `comparisons` is the number of pairs in the whole run. */
const compare = (name: string, samples: Samples, comparisons: number): Comparison[] => {
  const kinds = [...samples];
  return kinds.flatMap(([one, ones], index) =>
    kinds.slice(index + 1).map(([other, others]) => ({
      name: `${name}: ${one} / ${other}`,
      area: areaUnderCurve(ones.took, others.took),
      allowed: aucTolerance(ones.took.length, others.took.length, comparisons),
    })),
  );
};

const report = (bench: Bench, title: string, samples: Samples, comparisons: Comparison[]): void => {
  console.log(`${title}:`);
  for (const [kind, { took }] of samples) printRow(kind, `median ${formatMs(median(took))}`);
  for (const { name, area, allowed } of comparisons)
    printRow(name, `AUC ${area.toFixed(3)}`, `allowed ${(0.5 - allowed).toFixed(3)} to ${(0.5 + allowed).toFixed(3)}`);
  const distinguishable = comparisons.filter(({ area, allowed }) => Math.abs(area - 0.5) > allowed);
  bench.check(`${title}: no two kinds are distinguishable by time`, distinguishable.length === 0);
  const responses = new Set([...samples.values()].flatMap((kind) => [...kind.responses]));
  bench.check(`${title}: all responses are equal`, responses.size === 1);
};

let missingCount = 0;
const missing: AddressGenerator = () => {
  missingCount += 1;
  return `missing-${missingCount}@example.com`;
};

/** Creates accounts of a kind: with a given hash or without a password, and changed by `change`. */
const accounts = async (
  { core, query }: Population,
  prefix: string,
  hash: string | null,
  change?: string,
): Promise<AddressGenerator> => {
  const addresses: string[] = [];
  const ids: string[] = [];
  while (addresses.length < ACCOUNTS) {
    const email = `${prefix}-${addresses.length}@example.com`;
    const password = randomBytes(16).toString('hex');
    const account = { email, password, name: null, roles: [], verified: true };
    const user = await core.auth.users.create(account, { kind: 'system' });
    if ('failure' in user) throw new Error(user.failure);
    addresses.push(email);
    ids.push(user.id);
  }
  if (hash === null) await query('DELETE FROM auth_password_credential WHERE user_id = ANY($1::uuid[])', [ids]);
  else await query('UPDATE auth_password_credential SET hash = $2 WHERE user_id = ANY($1::uuid[])', [ids, hash]);
  if (change !== undefined) await query(`UPDATE "user" SET ${change} WHERE id = ANY($1::uuid[])`, [ids]);
  let next = 0;
  return () => {
    next += 1;
    return addresses[next % addresses.length] ?? '';
  };
};

const cheap = () => argon2.hash(randomBytes(16), { memoryCost: 1024, timeCost: 1, parallelism: 1 });
const current = () => argon2.hash(randomBytes(16), { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
const older = () => argon2.hash(randomBytes(16), { memoryCost: 12_288, timeCost: 3, parallelism: 1 });
const bcrypted = () => bcrypt.hash(randomBytes(16).toString('hex'), 10);
const scrypted = () => {
  const salt = randomBytes(16);
  const digest = scryptSync(randomBytes(16), salt, 32, { N: 16_384, r: 8, p: 1 });
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return Promise.resolve(`$scrypt$ln=14,r=8,p=1$${text(salt)}$${text(digest)}`);
};

const unlimited = {
  LOGIN_ATTEMPTS_PER_ACCOUNT: '1000',
  LOGIN_ATTEMPTS_PER_NETWORK: '1000000',
  MAILS_PER_ADDRESS_PER_HOUR: '1000',
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1000000',
};

/**
 * Compares every kind of account with addresses without an account. All hashes are cheap, because the variance of an
 * expensive hash would hide small differences.
 */
const compareAccounts = async (bench: Bench, count: number): Promise<void> => {
  const population = await createPopulation(bench);
  const hash = await cheap();
  const kinds = {
    missing,
    existing: await accounts(population, 'existing', hash),
    unverified: await accounts(population, 'unverified', hash, 'email_verified_at = NULL'),
    disabled: await accounts(population, 'disabled', hash, 'disabled_at = now()'),
    'without a password': await accounts(population, 'passwordless', null),
  };
  const server = await startServer(bench, { ...population.env, ...unlimited });
  const pairs = (Object.keys(kinds).length * (Object.keys(kinds).length - 1)) / 2;
  for (const operation of names) {
    const samples = await sample(kinds, count, (email) => measure(server, operation, email), population);
    report(bench, operation, samples, compare(operation, samples, pairs * names.length));
  }
  await compareSequences(bench, population, server, { unknown: missing, known: kinds.existing }, count);
  await server.stop();
};

/** Compares the second of two consecutive operations for addresses with and without an account. */
const compareSequences = async (
  bench: Bench,
  population: Population,
  server: Server,
  kinds: Readonly<Record<'known' | 'unknown', AddressGenerator>>,
  count: number,
): Promise<void> => {
  const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));
  for (const [first, second] of pairs) {
    const measureSecond = async (email: string) => {
      const before = await measure(server, first, email);
      const after = await measure(server, second, email);
      return { took: after.took, response: `${before.response} ${after.response}` };
    };
    const samples = await sample(kinds, count, measureSecond, population);
    const title = `${first}, then ${second}`;
    report(bench, title, samples, compare(title, samples, pairs.length));
  }
};

/**
 * Compares accounts whose hashes are of four kinds with addresses without an account. The time of a login reveals the scheme
 * of the real or dummy hash. It must not reveal which of the two it is.
 */
const compareHashes = async (bench: Bench, count: number): Promise<void> => {
  const population = await createPopulation(bench);
  const stored = [
    await accounts(population, 'current', await current()),
    await accounts(population, 'older', await older()),
    await accounts(population, 'bcrypt', await bcrypted()),
    await accounts(population, 'scrypt', await scrypted()),
  ];
  const existing: AddressGenerator = () => stored[Math.floor(Math.random() * stored.length)]?.() ?? '';
  const parameters = { ARGON2_MEMORY_KIB: '19456', ARGON2_PASSES: '2' };
  const server = await startServer(bench, { ...population.env, ...unlimited, ...parameters });
  const samples = await sample({ missing, existing }, count, (email) => measure(server, 'login', email), population);
  const title = 'login, hashes of four kinds';
  report(bench, title, samples, compare(title, samples, 1));
  await server.stop();
};

const work = async (bench: Bench): Promise<void> => {
  const count = bench.flags.has('--quick') ? QUICK_SAMPLES : SAMPLES;
  await compareHashes(bench, count);
  await compareAccounts(bench, count);
};

/** `npm run bench -- enumeration` */
export const enumeration: Benchmark = { minutes: 90, flags: ['--quick'], work };
