import { setTimeout as delay } from 'node:timers/promises';

import { startMailServer } from '../../test/support/smtp.js';
import { receivedEmails, type ReceivedEmail } from '../received-emails.js';
import type { Bench } from '../bench.js';
import { printRow, sum } from '../statistics.js';
import { createEmailLoad, type EmailLoad, type ServerRun } from './email-load.js';
import { startDatabase, type Fault, type FaultRun } from './fault.js';
import { createTransactionLog, readTransactionLog, type TransactionLogEntry } from './transaction-log.js';
import { resultOf, loginRequest, highMailLimits } from '../mail-operations.js';
import type { Population } from '../population.js';
import { startBuiltServer } from './built-server.js';
import { MAIL_CONCURRENCY } from '../../src/values/policy.js';

const KILLS = 50;
/** Each server is killed after a random time in this range. */
const RUN_MS = { least: 300, most: 4000 };

/** The sets of writes that belong together. No part of them may be committed without the rest. */
const COMPLETE_TRANSACTIONS: Readonly<Record<string, string>> = {
  'SIGN_UP_REQUESTED + mail + sign-up + token': 'sign-up with its email',
  'EMAIL_VERIFIED + use': 'verification with its token',
  request: 'request for a reset',
  'PASSWORD_RESET_REQUESTED + answer + mail + token': 'answer to a request, with its email',
  'PASSWORD_RESET + mail + use': 'reset with its token and its email',
};

const writesOf = (transaction: readonly TransactionLogEntry[]) =>
  transaction
    .map(({ what }) => what)
    .sort()
    .join(' + ');

const checkTransactions = (bench: Bench, transactions: readonly (readonly TransactionLogEntry[])[]): void => {
  const counts = new Map<string, number>(Object.keys(COMPLETE_TRANSACTIONS).map((whole) => [whole, 0]));
  for (const whole of transactions.map(writesOf)) counts.set(whole, (counts.get(whole) ?? 0) + 1);
  console.log('Committed transactions:');
  for (const [whole, count] of counts) printRow(COMPLETE_TRANSACTIONS[whole] ?? whole, String(count));
  bench.check('no transaction is committed in part', counts.size === Object.keys(COMPLETE_TRANSACTIONS).length);
  const [requests, answers] = ['request', 'PASSWORD_RESET_REQUESTED + answer + mail + token'].map((whole) =>
    counts.get(whole),
  );
  bench.check('every request has one answer', requests === answers);
};

/** Compares the emails with the transactions that caused them, and these with the responses. */
const checkEmails = (
  bench: Bench,
  { users }: EmailLoad,
  kills: number,
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
  const received = new Map(mails.map((mail) => [mail.id, mail]));
  const copies = mails.length - received.size;
  console.log(`${mails.length} emails arrived, ${copies} of them duplicates with the same Message-ID.`);

  const lost = [...tokensByMail.keys()].filter((id) => !received.has(id)).length;
  bench.check(`every committed email arrived (${lost} did not)`, lost === 0);
  const stray = [...received.values()].filter(
    ({ id, link }) => !tokensByMail.has(id) || tokensByMail.get(id) !== link?.tokenId,
  ).length;
  bench.check(`every email and its token belong to the same transaction (${stray} do not)`, stray === 0);
  bench.check('no more duplicates for each kill than concurrent emails', copies <= kills * MAIL_CONCURRENCY);

  const countReceived = (email: string, path: string) =>
    [...received.values()].filter(({ to, link }) => to === email && link?.path === path).length;
  const unanswered = [...users.values()].filter(
    ({ email, answeredRequests }) => countReceived(email, '/reset-password') < answeredRequests,
  ).length;
  bench.check(`every accepted request for a reset led to an email (${unanswered} did not)`, unanswered === 0);
};

const checkSignUps = async (bench: Bench, { users }: EmailLoad, mails: readonly ReceivedEmail[]): Promise<void> => {
  const verifiable = new Set(mails.filter(({ link }) => link?.path === '/verify-email').map(({ to }) => to));
  const receipts = await Promise.all([...users.values()].map(async ({ email, receipt }) => [email, await receipt]));
  const accepted = receipts.filter(([, receipt]) => receipt !== undefined).map(([email = '']) => email);
  const without = accepted.filter((email) => !verifiable.has(email)).length;
  console.log(`${users.size} sign-ups, ${accepted.length} accepted.`);
  bench.check(`every accepted sign-up has its email (${without} do not)`, without === 0);
};

const checkTokens = (
  bench: Bench,
  { tokenUses }: EmailLoad,
  transactions: readonly (readonly TransactionLogEntry[])[],
): void => {
  const uses = new Map<string, number>();
  for (const { what, id } of transactions.flat()) if (what === 'use') uses.set(id, (uses.get(id) ?? 0) + 1);
  const tokens = [...tokenUses.values()];
  const successes = sum(tokens.map((token) => token.successes));
  console.log(
    `${tokens.length} tokens were presented; ${uses.size} were consumed, ${successes} of them with a successful response.`,
  );
  const twice = tokens.filter((token) => token.successes > 1).length + [...uses.values()].filter((n) => n > 1).length;
  bench.check(`no token is consumed twice (${twice} were)`, twice === 0);
  const forgotten = [...tokenUses].filter(([id, token]) => token.successes > 0 && !uses.has(id)).length;
  bench.check(`no acknowledged use of a token is lost (${forgotten} were)`, forgotten === 0);
  // A newer token of the same user invalidates the older ones.
  const unused = tokens.filter(({ email }) => !uses.has(email.link.tokenId));
  const idle = unused.filter(({ email, user }) => {
    const { path, tokenId } = email.link;
    return !tokens.some(
      ({ user: same, email: { link } }) => same === user && link.path === path && link.tokenId > tokenId,
    );
  }).length;
  bench.check(
    `every token can be consumed, unless a newer one invalidated it (${unused.length} were invalid)`,
    idle === 0,
  );
};

const checkAccounts = async (
  bench: Bench,
  { users, tokenUses }: EmailLoad,
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
  const mailed = new Set([...tokenUses.values()].map(({ user }) => user.email));
  const isSame = addresses.size === mailed.size && [...mailed].every((email) => addresses.has(email));
  bench.check(`there is an account for each address that received a link (${addresses.size}), and no other`, isSame);
  const uneven = accounts.filter(
    ({ verifications, resets, version }) => verifications !== 1 || version !== 1 + resets,
  ).length;
  bench.check(`each is verified once, and its password version equals its resets (${uneven} do not)`, uneven === 0);

  let known = 0;
  let refused = 0;
  for (const { email, passwords } of users.values()) {
    const [password, ...others] = passwords;
    if (!addresses.has(email) || password === undefined || others.length > 0) continue;
    known += 1;
    if (resultOf(await server.send(loginRequest(email, password))).name !== 'LoginSuccess') refused += 1;
  }
  bench.check(`${known} users can log in with the last acknowledged password (${refused} cannot)`, refused === 0);
};

const work = async (run: FaultRun): Promise<void> => {
  const { population } = await startDatabase(run);
  await createTransactionLog(population);
  const mailServer = await startMailServer();
  run.onEnd(() => mailServer.close());
  const env = { ...population.env, ...highMailLimits, MAIL_URL: `smtp://127.0.0.1:${mailServer.port}` };
  const load = createEmailLoad(mailServer);
  const beginRun = async (): Promise<ServerRun> => ({ server: await startBuiltServer(run, env), isKilled: false });
  const count = run.times(KILLS);

  for (let kills = 1; kills <= count; kills += 1) {
    const serverRun = await beginRun();
    const running = load.run(serverRun);
    await delay(RUN_MS.least + Math.random() * (RUN_MS.most - RUN_MS.least));
    serverRun.isKilled = true;
    serverRun.server.kill('SIGKILL');
    await serverRun.server.ended;
    await running;
    if (kills % 10 === 0) console.log(`${kills} kills`);
  }
  const lastRun = await beginRun();
  await load.finish(lastRun, async () => (await population.query('SELECT FROM auth_queue_entry LIMIT 1')).length === 0);

  const { answered, unanswered } = load.counts;
  console.log(`${answered} requests got a response, ${unanswered} did not.`);
  run.check(
    `no unexpected response (${[...new Set(load.unexpected)].join(', ') || 'none'})`,
    load.unexpected.length === 0,
  );
  const transactions = await readTransactionLog(population);
  const mails = receivedEmails(mailServer);
  checkTransactions(run, transactions);
  checkEmails(run, load, count, mails, transactions);
  await checkSignUps(run, load, mails);
  checkTokens(run, load, transactions);
  await checkAccounts(run, load, population, lastRun);
  lastRun.server.kill('SIGTERM');
  run.check('the server ends with 0', (await lastRun.server.ended) === 0);
};

/** `npm run faults -- --only email-kills` */
export const emailKills: Fault = {
  summary: 'the server is killed 50 times during sign-ups and resets: accounts, emails and tokens',
  minutes: 30,
  work,
};
