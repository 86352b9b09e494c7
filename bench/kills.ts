import { setTimeout as delay } from 'node:timers/promises';

import { startMailServer } from '../test/support/smtp.js';
import { receivedEmails, type ReceivedEmail } from './received-emails.js';
import type { Bench, Benchmark } from './bench.js';
import { printRow, sum } from './statistics.js';
import { createKillLoad, type ServerRun, type Load } from './kill-load.js';
import { createTransactionLog, readTransactionLog, type TransactionLogEntry } from './transaction-log.js';
import { resultOf, loginRequest, highMailLimits } from './mail-operations.js';
import { createPopulation, type Population } from './population.js';
import { startServer } from './servers.js';
import { MAIL_CONCURRENCY } from '../src/values/policy.js';

const KILLS = 50;
/** How long a server lives after it is ready, by chance. */
const RUN_MS = { least: 300, most: 4000 };

/** Everything that a transaction may write, as a whole; no part of it is ever written without the others. */
const WHOLES: Readonly<Record<string, string>> = {
  'SIGN_UP_REQUESTED + mail + sign-up + token': 'a sign-up, with its mail',
  'EMAIL_VERIFIED + use': 'a verification, with its token',
  request: 'a request for a reset',
  'PASSWORD_RESET_REQUESTED + answer + mail + token': 'its answer, with its mail',
  'PASSWORD_RESET + mail + use': 'a reset, with its token and its mail',
};

const wholeOf = (transaction: readonly TransactionLogEntry[]) =>
  transaction
    .map(({ what }) => what)
    .sort()
    .join(' + ');

const judgeTransactions = (bench: Bench, transactions: readonly (readonly TransactionLogEntry[])[]): void => {
  const counts = new Map<string, number>(Object.keys(WHOLES).map((whole) => [whole, 0]));
  for (const whole of transactions.map(wholeOf)) counts.set(whole, (counts.get(whole) ?? 0) + 1);
  console.log('What was committed:');
  for (const [whole, count] of counts) printRow(WHOLES[whole] ?? whole, String(count));
  bench.check('nothing is committed in part', counts.size === Object.keys(WHOLES).length);
  const [requests, answers] = ['request', 'PASSWORD_RESET_REQUESTED + answer + mail + token'].map((whole) =>
    counts.get(whole),
  );
  bench.check('every request is answered once', requests === answers);
};

/** Holds the mails against the transactions that caused them, and those against what people were told. */
const judgeMails = (
  bench: Bench,
  { people }: Load,
  mails: readonly ReceivedEmail[],
  transactions: readonly (readonly TransactionLogEntry[])[],
): void => {
  const idOf = (transaction: readonly TransactionLogEntry[], what: string) =>
    transaction.find((entry) => entry.what === what)?.id;
  const tokensByMail = new Map(
    transactions.flatMap((transaction) => {
      const mail = idOf(transaction, 'mail');
      return mail === undefined ? [] : [[mail, idOf(transaction, 'token')] as const];
    }),
  );
  const arrived = new Map(mails.map((mail) => [mail.id, mail]));
  const copies = mails.length - arrived.size;
  console.log(`${mails.length} mails arrived; ${copies} were copies, under a Message-ID that had arrived before.`);

  const lost = [...tokensByMail.keys()].filter((id) => !arrived.has(id)).length;
  bench.check(`every mail that was committed arrived (${lost} did not)`, lost === 0);
  const stray = [...arrived.values()].filter(
    ({ id, link }) => !tokensByMail.has(id) || tokensByMail.get(id) !== link?.tokenId,
  ).length;
  bench.check(`every mail belongs to a transaction, and its token to the same (${stray} do not)`, stray === 0);
  bench.check('no more copies than lanes for each kill', copies <= KILLS * MAIL_CONCURRENCY);

  const received = (email: string, path: string) =>
    [...arrived.values()].filter(({ to, link }) => to === email && link?.path === path).length;
  const unheard = [...people.values()].filter(
    ({ email, answeredRequests }) => received(email, '/reset-password') < answeredRequests,
  ).length;
  bench.check(`every request for a reset that was answered led to a mail (${unheard} did not)`, unheard === 0);
};

const judgeSignUps = async (bench: Bench, { people }: Load, mails: readonly ReceivedEmail[]): Promise<void> => {
  const verifiable = new Set(mails.filter(({ link }) => link?.path === '/verify-email').map(({ to }) => to));
  const receipts = await Promise.all([...people.values()].map(async ({ email, receipt }) => [email, await receipt]));
  const accepted = receipts.filter(([, receipt]) => receipt !== undefined).map(([email = '']) => email);
  const without = accepted.filter((email) => !verifiable.has(email)).length;
  console.log(`${people.size} sign-ups were sent, ${accepted.length} were accepted.`);
  bench.check(`every sign-up that was accepted has its mail (${without} have not)`, without === 0);
};

const judgeTokens = (
  bench: Bench,
  { tried }: Load,
  transactions: readonly (readonly TransactionLogEntry[])[],
): void => {
  const uses = new Map<string, number>();
  for (const { what, id } of transactions.flat()) if (what === 'use') uses.set(id, (uses.get(id) ?? 0) + 1);
  const tokens = [...tried.values()];
  const successes = sum(tokens.map((token) => token.successes));
  console.log(`${tokens.length} tokens were tried; ${uses.size} were used, of which ${successes} were answered so.`);
  const twice = tokens.filter((token) => token.successes > 1).length + [...uses.values()].filter((n) => n > 1).length;
  bench.check(`no token is used twice (${twice} were)`, twice === 0);
  const forgotten = [...tried].filter(([id, token]) => token.successes > 0 && !uses.has(id)).length;
  bench.check(`no use that was answered is forgotten (${forgotten} were)`, forgotten === 0);
  // A newer token of the same person voids the older one.
  const unused = tokens.filter(({ arrival }) => !uses.has(arrival.link.tokenId));
  const idle = unused.filter(({ arrival, person }) => {
    const { path, tokenId } = arrival.link;
    return !tokens.some(
      ({ person: same, arrival: { link } }) => same === person && link.path === path && link.tokenId > tokenId,
    );
  }).length;
  bench.check(`every token could be used, unless a newer one had voided it (${unused.length} were void)`, idle === 0);
};

const judgeAccounts = async (
  bench: Bench,
  { people, tried }: Load,
  { query }: Population,
  { server }: ServerRun,
): Promise<void> => {
  const accounts = await query<{ email: string; verifications: number; resets: number; version: number }>(
    `SELECT email, version,
       (SELECT count(*)::int FROM auth_security_event WHERE subject_id = u.id AND type = 'EMAIL_VERIFIED') AS verifications,
       (SELECT count(*)::int FROM auth_security_event WHERE subject_id = u.id AND type = 'PASSWORD_RESET') AS resets
     FROM "user" u JOIN auth_password_credential c ON c.user_id = u.id`,
  );
  const addresses = new Set(accounts.map(({ email }) => email));
  const mailed = new Set([...tried.values()].map(({ person }) => person.email));
  const isSame = addresses.size === mailed.size && [...mailed].every((email) => addresses.has(email));
  bench.check(`${addresses.size} accounts, those and no others to whom a link was mailed`, isSame);
  const uneven = accounts.filter(
    ({ verifications, resets, version }) => verifications !== 1 || version !== 1 + resets,
  ).length;
  bench.check(`each is verified once, and its password as old as its resets (${uneven} are not)`, uneven === 0);

  let known = 0;
  let refused = 0;
  for (const { email, passwords } of people.values()) {
    const [password, ...others] = passwords;
    if (!addresses.has(email) || password === undefined || others.length > 0) continue;
    known += 1;
    if (resultOf(await server.send(loginRequest(email, password))).name !== 'LoginSuccess') refused += 1;
  }
  bench.check(`${known} log in with the password that was last answered for (${refused} cannot)`, refused === 0);
};

const work = async (bench: Bench): Promise<void> => {
  const population = await createPopulation(bench);
  await createTransactionLog(population);
  const mailServer = await startMailServer();
  bench.onEnd(() => mailServer.close());
  const env = { ...population.env, ...highMailLimits, MAIL_URL: `smtp://127.0.0.1:${mailServer.port}` };
  const load = createKillLoad(mailServer);
  const beginLife = async (): Promise<ServerRun> => ({ server: await startServer(bench, env), isOver: false });

  for (let kills = 1; kills <= KILLS; kills += 1) {
    const run = await beginLife();
    const running = load.run(run);
    await delay(RUN_MS.least + Math.random() * (RUN_MS.most - RUN_MS.least));
    run.isOver = true;
    await run.server.kill();
    await running;
    if (kills % 10 === 0) console.log(`${kills} kills`);
  }
  const run = await beginLife();
  await load.finish(run, async () => (await population.query('SELECT FROM auth_queue_entry LIMIT 1')).length === 0);

  const { answered, unanswered } = load.counts;
  console.log(`${answered} requests were answered, ${unanswered} were not.`);
  bench.check(
    `no answer but those that are foreseen (${[...new Set(load.odd)].join(', ') || 'none'})`,
    load.odd.length === 0,
  );
  const transactions = await readTransactionLog(population);
  const mails = receivedEmails(mailServer);
  judgeTransactions(bench, transactions);
  judgeMails(bench, load, mails, transactions);
  await judgeSignUps(bench, load, mails);
  judgeTokens(bench, load, transactions);
  await judgeAccounts(bench, load, population, run);
  await run.server.stop();
};

/** `npm run bench -- kills` */
export const kills: Benchmark = { minutes: 30, flags: [], work };
