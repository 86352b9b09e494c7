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
/** Accounts of each server for which resets are requested in turn. */
const ACCOUNTS = 50;
const SLOW_MS = 30_000;
/** Long enough for the next attempt of an email that failed seven times, and for the end of the slow ones. */
const RECOVERY_MS = 600_000;

/** The behavior of the mail server until it recovers; `refused` means that nothing listens on its port. */
type Fault = Omit<MailServerBehaviour, 'port'> | 'refused';

const whileBroken = (isBroken: () => boolean): Readonly<Record<string, Fault>> => ({
  healthy: {},
  'healthy (control)': {},
  refused: 'refused',
  'slow, 30 s an email': {
    onMail: async () => {
      if (isBroken()) await delay(SLOW_MS);
    },
  },
  // Half of the emails fail: one half of these at the recipient, the other after the content.
  'failing half the time': {
    onRecipient: () => {
      if (isBroken() && Math.random() < 1 / 4) throw refusal(451, '4.3.0 not now');
    },
    onMail: () => {
      if (isBroken() && Math.random() < 1 / 3) throw refusal(451, '4.3.0 not now');
    },
  },
});

interface Samples {
  readonly took: number[];
  readonly responses: Set<string>;
}

/** A server with its own database and mail server. */
interface Scenario {
  readonly name: string;
  readonly population: Population;
  readonly server: Server;
  readonly accounts: readonly string[];
  readonly samples: Readonly<Record<Operation, Samples>>;
  /** The number of emails that each address must receive. */
  readonly due: Map<string, number>;
  /** Ends the fault and returns the mail server. */
  readonly recover: () => Promise<MailServer>;
}

type Operation = 'signUp' | 'requestPasswordReset';

const operations: readonly Operation[] = ['signUp', 'requestPasswordReset'];

const openScenario = async (bench: Bench, name: string, fault: Fault): Promise<Scenario> => {
  const population = await createPopulation(bench);
  const accounts: string[] = [];
  while (accounts.length < ACCOUNTS) accounts.push((await population.createUser()).email);
  // The emails about new devices are not part of the measurement.
  await population.query('DELETE FROM auth_queue_entry');
  const startMail = async (behaviour: MailServerBehaviour): Promise<MailServer> => {
    const mailServer = await startMailServer(behaviour);
    bench.onEnd(() => mailServer.close());
    return mailServer;
  };
  const port = Number(await freePort());
  const broken = fault === 'refused' ? undefined : await startMail({ ...fault, port });
  const env = { ...population.env, ...highMailLimits, LOG_LEVEL: 'fatal', MAIL_URL: `smtp://127.0.0.1:${port}` };
  const none = (): Samples => ({ took: [], responses: new Set() });
  return {
    name,
    population,
    server: await startServer(bench, env),
    accounts,
    samples: { signUp: none(), requestPasswordReset: none() },
    due: new Map(),
    recover: async () => broken ?? startMail({ port }),
  };
};

/** The response without its receipt, which is different each time and always has the same length. */
const contentOf = ({ status, data }: GraphQLResponse): string =>
  `${status} ${JSON.stringify(data).replace(/"receipt":"[\w-]{43}"/, '"receipt":"…"')}`;

const measure = async (
  scenario: Scenario,
  operation: Operation,
  number: number,
  isMeasured: boolean,
): Promise<void> => {
  const email =
    operation === 'signUp' ? `somebody-${number}@example.com` : (scenario.accounts[number % ACCOUNTS] ?? '');
  const request: GraphQLRequest = operation === 'signUp' ? signUpRequest(email) : passwordResetRequest(email);
  const startedAt = performance.now();
  const answer = await scenario.server.send(request);
  const took = performance.now() - startedAt;
  scenario.due.set(email, (scenario.due.get(email) ?? 0) + 1);
  const samples = scenario.samples[operation];
  samples.responses.add(contentOf(answer));
  if (isMeasured) samples.took.push(took);
};

/**
 * A few clients, each of which sends requests to every server in turn and in random order, so that other activity of the
 * machine affects all scenarios equally.
 */
const load = async (scenarios: readonly Scenario[]): Promise<void> => {
  let number = 0;
  const client = async () => {
    while (number < WARM_UP + SAMPLES) {
      number += 1;
      const mine = number;
      for (const operation of operations)
        for (const scenario of shuffled(scenarios)) await measure(scenario, operation, mine, mine > WARM_UP);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
};

/**
 * Compares the response times. Two servers without a fault are the control. Responses that are faster than theirs are
 * acceptable, because a server whose connections are refused has less to do.
 */
const compare = (bench: Bench, scenarios: readonly Scenario[], operation: Operation): void => {
  console.log(`${operation}, ${SAMPLES} times while the mail server is:`);
  const [one, two, ...faulty] = scenarios;
  if (!one || !two) throw new Error('There is no control.');
  for (const { name, samples } of scenarios) {
    const { took } = samples[operation];
    const [middle, late] = [percentile(took, 0.5), percentile(took, 0.95)];
    printRow(name, `p50 ${formatMs(middle)}`, `p95 ${formatMs(late)}`, `most ${formatMs(maximum(took))}`);
  }
  const healthy = [...one.samples[operation].took, ...two.samples[operation].took];
  const control = areaUnderCurve(one.samples[operation].took, two.samples[operation].took);
  const allowedControl = aucTolerance(SAMPLES, SAMPLES, 1);
  printRow('healthy / control', `AUC ${control.toFixed(3)}`, `bound ±${allowedControl.toFixed(3)}`);
  const allowed = aucTolerance(SAMPLES, 2 * SAMPLES, faulty.length * operations.length);
  for (const { name, samples } of faulty) {
    const area = areaUnderCurve(samples[operation].took, healthy);
    printRow(`${name} / healthy`, `AUC ${area.toFixed(3)}`, `bound ±${allowed.toFixed(3)}`);
    bench.check(`${operation}, ${name}: responses are not slower than without a fault`, area - 0.5 <= allowed);
  }
  const responses = new Set(scenarios.flatMap(({ samples }) => [...samples[operation].responses]));
  console.log(`  ${[...responses].join('\n  ')}`);
  bench.check(`${operation}: all responses are equal`, responses.size === 1);
};

const outboxOf = async ({ population }: Scenario): Promise<number> => {
  const [row] = await population.query<{ count: number }>('SELECT count(*)::int AS count FROM auth_queue_entry');
  return row?.count ?? NaN;
};

/** Waits until the outbox is empty, and compares the received emails with the expected ones. */
const checkDelivery = async (bench: Bench, scenario: Scenario): Promise<void> => {
  const left = await outboxOf(scenario);
  const startedAt = performance.now();
  const mailServer = await scenario.recover();
  const isEmpty = await waitUntil(async () => (await outboxOf(scenario)) === 0, RECOVERY_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const mails = receivedEmails(mailServer);
  const ids = new Set(mails.map(({ id }) => id));
  const byAddress = new Map<string, number>();
  for (const { to } of mails) byAddress.set(to, (byAddress.get(to) ?? 0) + 1);
  const missing = [...scenario.due].filter(([address, count]) => (byAddress.get(address) ?? 0) < count).length;
  const surplus = [...byAddress].filter(([address, count]) => count > (scenario.due.get(address) ?? 0)).length;
  printRow(
    scenario.name,
    `${left} queued`.padStart(11),
    `recovered in ${seconds.toFixed(0)} s`,
    `${mails.length} arrived, ${ids.size} Message-IDs`,
  );
  bench.check(
    `${scenario.name}: every email arrives exactly once`,
    isEmpty && missing === 0 && surplus === 0 && ids.size === mails.length,
  );
};

const work = async (bench: Bench): Promise<void> => {
  let isBroken = true;
  const scenarios: Scenario[] = [];
  for (const [name, fault] of Object.entries(whileBroken(() => isBroken)))
    scenarios.push(await openScenario(bench, name, fault));
  await load(scenarios);
  isBroken = false;
  for (const operation of operations) compare(bench, scenarios, operation);
  console.log('After the mail server recovered:');
  await Promise.all(scenarios.map((scenario) => checkDelivery(bench, scenario)));
  await Promise.all(scenarios.map(({ server }) => server.stop()));
};

/** `npm run bench -- mail` */
export const mail: Benchmark = { minutes: 20, flags: [], work };
