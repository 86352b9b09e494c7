import { setTimeout as delay } from 'node:timers/promises';

import type { Bench } from './bench.js';
import { sum } from './figures.js';
import { reportRevocation } from './revocation-delay.js';
import { BOUND_MS, hammer, judgeLoss, type Judgement } from './watch.js';
import { ME, type World } from './revocations.js';

const ROUNDS = 500;
/** Rounds at once; more, and the machine is measured instead of the race. */
const LANES = 2;
const REQUESTS_PER_SECOND = 200;

interface Round {
  readonly one: Judgement;
  readonly two: Judgement;
  /** Whether both refuse still when the bound is over: what was remembered wrongly would be remembered on. */
  readonly isOver: Promise<boolean>;
}

/**
 * Ends a session while its owner asks both instances two hundred times a second.
 *
 * Dangerous is a read of the row that began before the revocation and is remembered after its notice. So reads are made
 * to happen: some rounds begin with nothing remembered and revoke at once, and in all of them the end of the user's other
 * session, a moment before, makes both instances forget and read anew.
 */
const race = async ({ population, one, two }: World, index: number): Promise<Round> => {
  const victim = await population.newcomer();
  const { sessionId } = await population.login(victim.email);
  const question = { query: ME, accessToken: victim.accessToken };
  const onOne = hammer(() => one.ask(question), REQUESTS_PER_SECOND);
  const onTwo = hammer(() => two.ask(question), REQUESTS_PER_SECOND);
  // 0, 3, 12, 27, ... 243 ms
  await delay(3 * (index % 10) ** 2);
  const query = 'mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }';
  await one.ask({ query, variables: { input: { sessionId } }, accessToken: victim.accessToken });
  const { status } = await one.ask({ query: 'mutation { logout { __typename } }', accessToken: victim.accessToken });
  const answeredAt = performance.now();
  if (status !== 200) throw new Error(`A logout was answered ${status}.`);
  const judgements = await Promise.all([judgeLoss(onOne, answeredAt, 401), judgeLoss(onTwo, answeredAt, 401)]);
  const isOver = delay(BOUND_MS)
    .then(() => Promise.all([one.ask(question), two.ask(question)]))
    .then(
      (answers) => answers.every((answer) => answer.status === 401),
      () => false,
    );
  return { one: judgements[0], two: judgements[1], isOver };
};

export const fillRace = async (bench: Bench, world: World): Promise<void> => {
  const startedAt = performance.now();
  const rounds: Round[] = [];
  let begun = 0;
  const lane = async () => {
    while (begun < ROUNDS) {
      begun += 1;
      rounds.push(await race(world, begun));
    }
  };
  const readsBefore = (await world.one.principalReads()) + (await world.two.principalReads());
  await Promise.all(Array.from({ length: LANES }, lane));
  const seconds = (performance.now() - startedAt) / 1000;
  const reads = (await world.one.principalReads()) + (await world.two.principalReads()) - readsBefore;
  const [ones, twos] = [rounds.map(({ one }) => one), rounds.map(({ two }) => two)];
  const requests = sum([...ones, ...twos].map((judgement) => judgement.requests));
  console.log(
    `The fill race, ${REQUESTS_PER_SECOND} requests a second of whoever is logged out at each of two instances: ` +
      `${requests} requests, ${(requests / seconds).toFixed(0)} a second, ${reads} principals read.`,
  );
  reportRevocation(bench, 'fill race, the one', ones);
  reportRevocation(bench, 'fill race, the other', twos);
  bench.promise('an instance refuses at once what it has revoked itself', sum(ones.map(({ late }) => late)) === 0);
  const over = await Promise.all(rounds.map(({ isOver }) => isOver));
  bench.promise('no read that a revocation overtook is remembered', over.every(Boolean));
};
