import { line, median, most, ms, sum } from './figures.js';
import type { Bench } from './bench.js';
import type { Question } from './servers.js';
import { BOUND_MS, hammer, judgeLoss, type Judgement } from './watch.js';
import type { Revocation, World } from './revocations.js';

/** How somebody loses something: how often it asks meanwhile, and what is waited for before it is taken away. */
export interface RevocationDelayOptions {
  readonly perSecond: number;
  readonly moment: (question: Question) => Promise<unknown>;
}

/** Takes something away from a newcomer, who asks the other instance all the time. */
export const measureRevocation = async (
  world: World,
  way: Revocation,
  { perSecond, moment }: RevocationDelayOptions,
): Promise<Judgement> => {
  const victim = await world.population.newcomer(...way.roles);
  const question = { query: way.query, accessToken: victim.accessToken };
  const asked = hammer(() => world.two.ask(question), perSecond);
  await moment(question);
  const early = asked.attempts.filter(({ status }) => status !== 200).length;
  await way.takeAway(world, victim);
  const judgement = await judgeLoss(asked, performance.now(), way.refusal);
  return { ...judgement, odd: judgement.odd + early };
};

/** Prints how long it took, and holds it against what is promised whatever happens. */
export const reportRevocation = (
  bench: Bench,
  name: string,
  judgements: readonly Judgement[],
  ...more: string[]
): void => {
  const delays = judgements.map(({ delayMs }) => delayMs);
  line(name, `${judgements.length} times`, `median ${ms(median(delays))}`, `most ${ms(most(delays))}`, ...more);
  bench.promise(
    `${name}: never later than ${BOUND_MS} ms`,
    most(delays) < BOUND_MS && sum(judgements.map(({ stale }) => stale)) === 0,
  );
  bench.promise(`${name}: no request is answered otherwise`, sum(judgements.map(({ odd }) => odd)) === 0);
};
