import { setTimeout as delay } from 'node:timers/promises';

import { freePort } from '../test/support/program.js';
import { refusal, startMailServer, type MailServer, type MailServerBehaviour } from '../test/support/smtp.js';
import { receivedEmails } from './received-emails.js';
import type { Bench, Benchmark } from './bench.js';
import { areaUnderCurve, aucTolerance, shuffled } from './auc.js';
import { printRow, maximum, formatMs, percentile } from './statistics.js';
import { passwordResetRequest, signUpRequest, highMailLimits } from './mail-operations.js';
import { createPopulation, type Population } from './population.js';
import { startServer, type GraphQLResponse, type GraphQLRequest, type Server } from './servers.js';
import { waitUntil } from './load-generator.js';

const SAMPLES = 500;
const WARM_UP = 100;
const CLIENTS = 2;
/** Accounts of each server whose passwords are reset, in turn. */
const ACCOUNTS = 50;
const SLOW_MS = 30_000;
/** Long enough for a mail that failed seven times to come round, and for the slow ones to end. */
const RECOVERY_MS = 600_000;

/** What is wrong with the mail server until it recovers; nothing is answered on its port where there is no behaviour. */
type Fault = Omit<MailServerBehaviour, 'port'> | 'refused';

const whileBroken = (isBroken: () => boolean): Readonly<Record<string, Fault>> => ({
  fine: {},
  'fine, once more': {},
  refused: 'refused',
  'slow, 30 s a mail': {
    onMail: async () => {
      if (isBroken()) await delay(SLOW_MS);
    },
  },
  // Of the half that fails, half at the recipient, and half when the whole mail is there.
  'failing half the time': {
    onRecipient: () => {
      if (isBroken() && Math.random() < 1 / 4) throw refusal(451, '4.3.0 not now');
    },
    onMail: () => {
      if (isBroken() && Math.random() < 1 / 3) throw refusal(451, '4.3.0 not now');
    },
  },
});

/** What was measured of one operation. */
interface Samples {
  readonly took: number[];
  readonly answers: Set<string>;
}

/** A server and its mail server, over a database of its own. */
interface House {
  readonly name: string;
  readonly population: Population;
  readonly server: Server;
  readonly accounts: readonly string[];
  readonly samples: Readonly<Record<Operation, Samples>>;
  /** Who has to get how many mails. */
  readonly due: Map<string, number>;
  /** The mail server as it is after it recovered. */
  readonly recover: () => Promise<MailServer>;
}

type Operation = 'signUp' | 'requestPasswordReset';

const operations: readonly Operation[] = ['signUp', 'requestPasswordReset'];

const openHouse = async (bench: Bench, name: string, fault: Fault): Promise<House> => {
  const population = await createPopulation(bench);
  const accounts: string[] = [];
  while (accounts.length < ACCOUNTS) accounts.push((await population.createUser()).email);
  // Their logins are no devices to hear of.
  await population.query('DELETE FROM auth_queue_entry');
  const begin = async (behaviour: MailServerBehaviour): Promise<MailServer> => {
    const mailServer = await startMailServer(behaviour);
    bench.onEnd(() => mailServer.close());
    return mailServer;
  };
  const port = Number(await freePort());
  const broken = fault === 'refused' ? undefined : await begin({ ...fault, port });
  const env = { ...population.env, ...highMailLimits, LOG_LEVEL: 'fatal', MAIL_URL: `smtp://127.0.0.1:${port}` };
  const none = (): Samples => ({ took: [], answers: new Set() });
  return {
    name,
    population,
    server: await startServer(bench, env),
    accounts,
    samples: { signUp: none(), requestPasswordReset: none() },
    due: new Map(),
    recover: async () => broken ?? begin({ port }),
  };
};

/** An answer but for the receipt, which is another each time and as long. */
const contentOf = ({ status, data }: GraphQLResponse): string =>
  `${status} ${JSON.stringify(data).replace(/"receipt":"[\w-]{43}"/, '"receipt":"…"')}`;

const ask = async (house: House, operation: Operation, number: number, isMeasured: boolean): Promise<void> => {
  const email = operation === 'signUp' ? `somebody-${number}@example.com` : (house.accounts[number % ACCOUNTS] ?? '');
  const question: GraphQLRequest = operation === 'signUp' ? signUpRequest(email) : passwordResetRequest(email);
  const startedAt = performance.now();
  const answer = await house.server.send(question);
  const took = performance.now() - startedAt;
  house.due.set(email, (house.due.get(email) ?? 0) + 1);
  const samples = house.samples[operation];
  samples.answers.add(contentOf(answer));
  if (isMeasured) samples.took.push(took);
};

/**
 * A few clients, each of which asks every server in turn, in an order that changes. What the machine does meanwhile happens
 * to all of them, which it would not if one fault came after the other.
 */
const load = async (houses: readonly House[]): Promise<void> => {
  let number = 0;
  const client = async () => {
    while (number < WARM_UP + SAMPLES) {
      number += 1;
      const mine = number;
      for (const operation of operations)
        for (const house of shuffled(houses)) await ask(house, operation, mine, mine > WARM_UP);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
};

/**
 * Two servers without a fault are compared first: what tells them apart is nothing that a fault did. Faster answers than
 * theirs break no promise: a server whose mails are refused at the door has less to do.
 */
const compare = (bench: Bench, houses: readonly House[], operation: Operation): void => {
  console.log(`${operation}, ${SAMPLES} times while the mail server is:`);
  const [one, two, ...faulty] = houses;
  if (!one || !two) throw new Error('There is nothing to compare with.');
  for (const { name, samples } of houses) {
    const { took } = samples[operation];
    const [middle, late] = [percentile(took, 0.5), percentile(took, 0.95)];
    printRow(name, `p50 ${formatMs(middle)}`, `p95 ${formatMs(late)}`, `most ${formatMs(maximum(took))}`);
  }
  const fine = [...one.samples[operation].took, ...two.samples[operation].took];
  const twins = areaUnderCurve(one.samples[operation].took, two.samples[operation].took);
  const allowedTwins = aucTolerance(SAMPLES, SAMPLES, 1);
  printRow('fine / fine, once more', `AUC ${twins.toFixed(3)}`, `bound ±${allowedTwins.toFixed(3)}`);
  const allowed = aucTolerance(SAMPLES, 2 * SAMPLES, faulty.length * operations.length);
  for (const { name, samples } of faulty) {
    const area = areaUnderCurve(samples[operation].took, fine);
    printRow(`${name} / fine`, `AUC ${area.toFixed(3)}`, `bound ±${allowed.toFixed(3)}`);
    bench.check(`${operation}, ${name}: answered no later than when all is fine`, area - 0.5 <= allowed);
  }
  const answers = new Set(houses.flatMap(({ samples }) => [...samples[operation].answers]));
  console.log(`  ${[...answers].join('\n  ')}`);
  bench.check(`${operation}: one answer for all`, answers.size === 1);
};

const outboxOf = async ({ population }: House): Promise<number> => {
  const [row] = await population.query<{ count: number }>('SELECT count(*)::int AS count FROM auth_queue_entry');
  return row?.count ?? NaN;
};

/** Waits until nothing is left to send, and holds what arrived against what was due. */
const settle = async (bench: Bench, house: House): Promise<void> => {
  const left = await outboxOf(house);
  const startedAt = performance.now();
  const mailServer = await house.recover();
  const isEmpty = await waitUntil(async () => (await outboxOf(house)) === 0, RECOVERY_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const mails = receivedEmails(mailServer);
  const ids = new Set(mails.map(({ id }) => id));
  const byAddress = new Map<string, number>();
  for (const { to } of mails) byAddress.set(to, (byAddress.get(to) ?? 0) + 1);
  const missing = [...house.due].filter(([address, count]) => (byAddress.get(address) ?? 0) < count).length;
  const surplus = [...byAddress].filter(([address, count]) => count > (house.due.get(address) ?? 0)).length;
  printRow(
    house.name,
    `${left} waited`.padStart(11),
    `recovered in ${seconds.toFixed(0)} s`,
    `${mails.length} arrived, ${ids.size} Message-IDs`,
  );
  bench.check(
    `${house.name}: every mail arrives exactly once`,
    isEmpty && missing === 0 && surplus === 0 && ids.size === mails.length,
  );
};

const work = async (bench: Bench): Promise<void> => {
  let isBroken = true;
  const houses: House[] = [];
  for (const [name, fault] of Object.entries(whileBroken(() => isBroken)))
    houses.push(await openHouse(bench, name, fault));
  await load(houses);
  isBroken = false;
  for (const operation of operations) compare(bench, houses, operation);
  console.log('After the mail server recovered:');
  await Promise.all(houses.map((house) => settle(bench, house)));
  await Promise.all(houses.map(({ server }) => server.stop()));
};

/** `npm run bench -- mail` */
export const mail: Benchmark = { minutes: 20, flags: [], work };
