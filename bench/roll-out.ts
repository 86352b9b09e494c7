import type { Bench, Benchmark } from './bench.js';
import { checkOut, commitOf } from './checkout.js';
import { createPopulation } from './population.js';
import {
  createFindings,
  createRollOutClient,
  releases,
  runClient,
  useTokensAtBoth,
  type ClientFigures,
  type Counts,
} from './roll-out-load.js';
import { startRoundRobin } from './round-robin.js';
import { startServer, type Server } from './servers.js';
import { printRow, sum } from './statistics.js';

const SECONDS = 60;
const REQUESTS_PER_SECOND = 100;
/** Enough that the rate is reached while each waits for its responses. */
const WORKERS = 20;
const USERS = 100;

const CLIENT_SECONDS = 30;
const CLIENTS = 40;

const printCounts = (title: string, counts: Counts): void => {
  console.log(title);
  if (counts.size === 0) printRow('none');
  for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`  ${String(count).padStart(6)}  ${name}`);
};

const countMatches = (counts: Counts, pattern: RegExp): number =>
  sum([...counts].filter(([name]) => pattern.test(name)).map(([, count]) => count));

/** Prints the messages of a server's log, each with its count. */
const printLog = (title: string, { output }: Server): void => {
  const counts: Counts = new Map();
  for (const line of output().split('\n')) {
    const message = /"msg":"([^"]*)"/.exec(line)?.[1] ?? line.trim();
    if (message !== '') counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  printCounts(title, counts);
};

const work = async (bench: Bench): Promise<void> => {
  const commit = commitOf(bench.argument ?? 'HEAD~1');
  console.log(`Previous release: ${commit}. Current release: ${commitOf('HEAD')}.`);
  const folder = await checkOut(bench, commit);
  // The flows of this process apply every migration before a server starts.
  const population = await createPopulation(bench);
  const emails: string[] = [];
  while (emails.length < USERS) emails.push((await population.createUser()).email);
  const previous = await startServer(bench, population.env, folder);
  const current = await startServer(bench, population.env);
  const proxyUrl = await startRoundRobin(bench, [
    { name: 'previous', url: previous.url },
    { name: 'current', url: current.url },
  ]);

  const load = createRollOutClient(proxyUrl, REQUESTS_PER_SECOND);
  const findings = createFindings();
  const startedAt = performance.now();
  let logins = 0;
  const useTokens = async () => {
    while (performance.now() - startedAt < SECONDS * 1000) {
      logins += 1;
      await useTokensAtBoth(load, findings, emails[logins % USERS] ?? '');
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, useTokens));
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const requests = sum([...load.results.values()]);
  console.log(
    `${requests} requests in ${tookSeconds.toFixed(1)} s, ${(requests / tookSeconds).toFixed(1)} a second, each token at both releases.`,
  );
  printCounts('Responses:', load.results);
  printCounts('First use of each access token at each release:', findings.accessTokens);
  printCounts('Tokens to which both releases responded:', findings.compared);
  printCounts('Disagreements:', findings.disagreements);

  const clients = createRollOutClient(proxyUrl, REQUESTS_PER_SECOND);
  const figures: ClientFigures = { requests: 0, rejected: 0, rejectedAgain: 0, loggedOut: 0 };
  const endAt = performance.now() + CLIENT_SECONDS * 1000;
  await Promise.all(emails.slice(0, CLIENTS).map((email) => runClient(clients, figures, email, endAt)));
  console.log(
    `${CLIENTS} clients that refresh once on 401, for ${CLIENT_SECONDS} s: ${figures.requests} requests, ${figures.rejected} rejected and ` +
      `then refreshed, ${figures.rejectedAgain} rejected again after the refresh, ${figures.loggedOut} refreshes refused.`,
  );
  printCounts('Responses to these clients:', clients.results);
  printLog('Log of the previous release:', previous);
  printLog('Log of the current release:', current);

  for (const release of releases) {
    for (const issuer of releases) {
      const token = `issued by ${issuer}, sent to ${release}: `;
      const all = countMatches(findings.accessTokens, new RegExp(`^${token}`));
      const accepted = countMatches(findings.accessTokens, new RegExp(`^${token}200$`));
      bench.check(
        `${release} accepts the access tokens of ${issuer} (${accepted} of ${all})`,
        all > 0 && accepted === all,
      );
    }
  }
  const unauthorized = countMatches(load.results, / 401\b/) + countMatches(clients.results, / 401\b/);
  const faults = countMatches(load.results, / 5\d\d\b/) + countMatches(clients.results, / 5\d\d\b/);
  const disagreements = sum([...findings.disagreements.values()]);
  bench.check(`no response has status 401 (${unauthorized} have)`, unauthorized === 0);
  bench.check(`no response has status 5xx (${faults} have)`, faults === 0);
  bench.check(`the releases agree about every token (${disagreements} disagreements)`, disagreements === 0);
  bench.check(`no refresh of a client is refused (${figures.loggedOut} are)`, figures.loggedOut === 0);
};

/** `npm run bench -- roll-out [REVISION]` */
export const rollOut: Benchmark = { minutes: 10, flags: [], argument: 'REVISION', work };
