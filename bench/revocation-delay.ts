import { printRow, median, maximum, formatMs, sum } from './statistics.js';
import type { Bench } from './bench.js';
import type { GraphQLRequest } from './servers.js';
import { REVOCATION_BOUND_MS, startLoad, judgeRevocation, type Verdict } from './load-generator.js';
import type { Revocation, RevocationSetup } from './revocations.js';

export interface RevocationDelayOptions {
  readonly perSecond: number;
  /** Resolves when the revocation is to happen. */
  readonly beforeRevocation: (request: GraphQLRequest) => Promise<unknown>;
}

/** Revokes the access of a new user, who sends requests to the other instance at a constant rate. */
export const measureRevocation = async (
  world: RevocationSetup,
  revocation: Revocation,
  { perSecond, beforeRevocation }: RevocationDelayOptions,
): Promise<Verdict> => {
  const user = await world.population.createUser(...revocation.roles);
  const request = { query: revocation.query, accessToken: user.accessToken };
  const load = startLoad(() => world.two.send(request), perSecond);
  await beforeRevocation(request);
  const early = load.samples.filter(({ status }) => status !== 200).length;
  await revocation.revoke(world, user);
  const verdict = await judgeRevocation(load, performance.now(), revocation.refusal);
  return { ...verdict, unexpected: verdict.unexpected + early };
};

/** Prints the delays, and checks the requirements that apply to every revocation. */
export const reportRevocation = (bench: Bench, name: string, verdicts: readonly Verdict[], ...more: string[]): void => {
  const delays = verdicts.map(({ delayMs }) => delayMs);
  printRow(
    name,
    `${verdicts.length} times`,
    `median ${formatMs(median(delays))}`,
    `maximum ${formatMs(maximum(delays))}`,
    ...more,
  );
  bench.check(
    `${name}: never later than ${REVOCATION_BOUND_MS} ms`,
    maximum(delays) < REVOCATION_BOUND_MS && sum(verdicts.map(({ stale }) => stale)) === 0,
  );
  bench.check(`${name}: no unexpected response`, sum(verdicts.map(({ unexpected }) => unexpected)) === 0);
};
