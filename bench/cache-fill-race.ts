import { setTimeout as delay } from 'node:timers/promises';

import type { Bench } from './bench.js';
import { sum } from './statistics.js';
import { reportRevocation } from './revocation-delay.js';
import { REVOCATION_BOUND_MS, startLoad, judgeRevocation, type Verdict } from './load-generator.js';
import { ME, type RevocationSetup } from './revocations.js';

const ROUNDS = 500;
/** Concurrent rounds. With more of them, the limit would be the machine. */
const LANES = 2;
const REQUESTS_PER_SECOND = 200;

interface Round {
  readonly one: Verdict;
  readonly two: Verdict;
  /** Whether both instances still refuse after the bound: a principal that was cached in error would remain cached. */
  readonly isRefused: Promise<boolean>;
}

/**
 * Revokes a session while its user sends 200 requests a second to both instances.
 *
 * The race to provoke is a read that begins before the revocation and is cached after its notice. Some rounds therefore
 * revoke before anything is cached, and in all rounds the user's other session is revoked just before, which makes both
 * instances invalidate the principal and read it again.
 */
const race = async ({ population, one, two }: RevocationSetup, index: number): Promise<Round> => {
  const user = await population.createUser();
  const { sessionId } = await population.login(user.email);
  const request = { query: ME, accessToken: user.accessToken };
  const onOne = startLoad(() => one.send(request), REQUESTS_PER_SECOND);
  const onTwo = startLoad(() => two.send(request), REQUESTS_PER_SECOND);
  // 0, 3, 12, 27, ... 243 ms
  await delay(3 * (index % 10) ** 2);
  const query = 'mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }';
  await one.send({ query, variables: { input: { sessionId } }, accessToken: user.accessToken });
  const { status } = await one.send({ query: 'mutation { logout { __typename } }', accessToken: user.accessToken });
  const revokedAt = performance.now();
  if (status !== 200) throw new Error(`logout returned ${status}.`);
  const verdicts = await Promise.all([judgeRevocation(onOne, revokedAt, 401), judgeRevocation(onTwo, revokedAt, 401)]);
  const isRefused = delay(REVOCATION_BOUND_MS)
    .then(() => Promise.all([one.send(request), two.send(request)]))
    .then(
      (responses) => responses.every((response) => response.status === 401),
      () => false,
    );
  return { one: verdicts[0], two: verdicts[1], isRefused };
};

export const measureCacheFillRace = async (bench: Bench, world: RevocationSetup): Promise<void> => {
  const startedAt = performance.now();
  const rounds: Round[] = [];
  let started = 0;
  const lane = async () => {
    while (started < ROUNDS) {
      started += 1;
      rounds.push(await race(world, started));
    }
  };
  const readsBefore = (await world.one.principalReads()) + (await world.two.principalReads());
  await Promise.all(Array.from({ length: LANES }, lane));
  const seconds = (performance.now() - startedAt) / 1000;
  const reads = (await world.one.principalReads()) + (await world.two.principalReads()) - readsBefore;
  const [ones, twos] = [rounds.map(({ one }) => one), rounds.map(({ two }) => two)];
  const requests = sum([...ones, ...twos].map((verdict) => verdict.requests));
  console.log(
    `Cache fill race with ${REQUESTS_PER_SECOND} requests a second to each of two instances: ` +
      `${requests} requests, ${(requests / seconds).toFixed(0)} a second, ${reads} principals read.`,
  );
  reportRevocation(bench, 'fill race, revoking instance', ones);
  reportRevocation(bench, 'fill race, other instance', twos);
  bench.check('an instance enforces its own revocations at once', sum(ones.map(({ late }) => late)) === 0);
  const refused = await Promise.all(rounds.map(({ isRefused }) => isRefused));
  bench.check('no principal that was read before a revocation is cached after it', refused.every(Boolean));
};
