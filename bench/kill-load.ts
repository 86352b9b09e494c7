import { setTimeout as delay } from 'node:timers/promises';

import type { MailServer } from '../test/support/smtp.js';
import { receivedEmails, type ReceivedEmail } from './received-emails.js';
import {
  resultOf,
  passwordResetRequest,
  resetPasswordRequest,
  signUpRequest,
  verifyEmailRequest,
} from './mail-operations.js';
import { PASSWORD } from './population.js';
import type { GraphQLRequest, Server } from './servers.js';

/** Requests for a reset that somebody makes after the sign-up. */
const RESETS = 2;
/** Of so many pieces of work one is a new sign-up; the others are what follows from it. */
const SIGN_UP_EVERY = 7;
const CLIENTS = 8;

/** Somebody who signed up. */
export interface SimulatedUser {
  readonly email: string;
  /** Nothing when the sign-up was not answered; then nobody knows whether it was heard. */
  readonly receipt: Promise<string | undefined>;
  resets: number;
  /** Requests for a reset that were answered. */
  answeredRequests: number;
  /** What the password may be: more than one, when a reset was not answered. */
  passwords: readonly string[];
  /** The newest token that decided on that. */
  newestToken: string;
}

/** A token from a mail, and what came of it. */
export interface TokenUse {
  readonly arrival: Required<ReceivedEmail>;
  readonly person: SimulatedUser;
  /** Tries that were answered with success. */
  successes: number;
  hasAnswer: boolean;
}

/** A server until it is killed. */
export interface ServerRun {
  readonly server: Server;
  isOver: boolean;
}

/** People, and what they have seen. */
export interface Load {
  readonly people: ReadonlyMap<string, SimulatedUser>;
  /** By the id of the token. */
  readonly tried: ReadonlyMap<string, TokenUse>;
  /** Answers that must not be given, and requests that found no server though it was not killed. */
  readonly odd: readonly string[];
  readonly counts: Readonly<Record<'answered' | 'unanswered', number>>;
  /** Has the clients ask until the run is over. */
  readonly run: (run: ServerRun) => Promise<void>;
  /** Begins nothing new, but opens what arrives until all is quiet, and then tries every token once more. */
  readonly finish: (run: ServerRun, isQuiet: () => Promise<boolean>) => Promise<void>;
}

type Task = (run: ServerRun) => Promise<unknown>;

/**
 * What people do: they sign up, open the link in the mail, and then forget their passwords. Each token is tried by two
 * clients at once, and again in the next run of the server, whether or not the first tries were answered.
 */
export const createKillLoad = (mailServer: MailServer): Load => {
  const people = new Map<string, SimulatedUser>();
  const tried = new Map<string, TokenUse>();
  const odd: string[] = [];
  const counts = { answered: 0, unanswered: 0 };
  const tasks: Task[] = [];
  const inNextLife: Task[] = [];
  let read = 0;
  let passwords = 0;
  let isEnding = false;

  /** Nothing, when the server was killed meanwhile. */
  const ask = async (run: ServerRun, question: GraphQLRequest, ...expected: readonly string[]) => {
    try {
      const end = resultOf(await run.server.send(question));
      counts.answered += 1;
      if (!expected.includes(end.name)) odd.push(end.name);
      return end;
    } catch (error) {
      counts.unanswered += 1;
      if (!run.isOver) odd.push(String(error));
      return undefined;
    }
  };

  const signUpAnew: Task = async (run) => {
    const email = `person-${people.size}@example.com`;
    // Its mail may be there before the answer is.
    const receipt = ask(run, signUpRequest(email), 'SignUpAccepted').then((end) => end?.receipt);
    people.set(email, { email, receipt, resets: 0, answeredRequests: 0, passwords: [PASSWORD], newestToken: '' });
    await receipt;
  };

  const forgetPassword =
    (person: SimulatedUser): Task =>
    async (run) => {
      if (isEnding) return;
      const end = await ask(run, passwordResetRequest(person.email), 'MailAccepted');
      if (end) person.answeredRequests += 1;
      else inNextLife.push(forgetPassword(person));
    };

  /** One try of a token; a reset chooses a password of its own. */
  const attempt = async (run: ServerRun, { arrival, person }: TokenUse) => {
    const { link } = arrival;
    if (link.path === '/verify-email') {
      const question = verifyEmailRequest(link.token, await person.receipt);
      return { end: await ask(run, question, 'VerifyEmailSuccess', 'InvalidToken'), password: PASSWORD };
    }
    passwords += 1;
    const password = `${PASSWORD} ${passwords}`;
    const question = resetPasswordRequest(link.token, password);
    return { end: await ask(run, question, 'ResetPasswordSuccess', 'InvalidToken'), password };
  };

  const tryAtOnce = async (run: ServerRun, token: TokenUse, times: number): Promise<void> => {
    const { person, arrival } = token;
    const attempts = await Promise.all(Array.from({ length: times }, () => attempt(run, token)));
    const won = attempts.filter(({ end }) => end !== undefined && end.name !== 'InvalidToken');
    const unanswered = attempts.filter(({ end }) => end === undefined);
    token.successes += won.length;
    if (arrival.link.tokenId >= person.newestToken) {
      person.newestToken = arrival.link.tokenId;
      const [winner] = won;
      if (winner) person.passwords = [winner.password];
      else person.passwords = [...new Set([...person.passwords, ...unanswered.map(({ password }) => password)])];
    }
    if (unanswered.length < times && !token.hasAnswer) {
      token.hasAnswer = true;
      if (person.resets < RESETS) tasks.push(forgetPassword(person));
      person.resets += 1;
    }
  };

  const tryAgain =
    (token: TokenUse): Task =>
    async (run) => {
      await tryAtOnce(run, token, 1);
      if (!token.hasAnswer) inNextLife.push(tryAgain(token));
    };

  const open =
    (token: TokenUse): Task =>
    async (run) => {
      await tryAtOnce(run, token, 2);
      inNextLife.push(tryAgain(token));
    };

  const readMails = (): void => {
    const mails = receivedEmails(mailServer, read);
    read += mails.length;
    for (const { link, ...mail } of mails) {
      const person = people.get(mail.to);
      // A second copy is thrown away, as a reader does.
      if (!link || !person || tried.has(link.tokenId)) continue;
      const token = { arrival: { ...mail, link }, person, successes: 0, hasAnswer: false };
      tried.set(link.tokenId, token);
      tasks.push(open(token));
    }
  };

  const atOnce = async (client: () => Promise<void>): Promise<void> => {
    await Promise.all(Array.from({ length: CLIENTS }, client));
  };
  const beginLife = () => tasks.unshift(...inNextLife.splice(0));
  const doAll = (run: ServerRun) =>
    atOnce(async () => {
      for (let task = tasks.shift(); task; task = tasks.shift()) await task(run);
    });

  return {
    people,
    tried,
    odd,
    counts,
    async run(run) {
      beginLife();
      await atOnce(async () => {
        while (!run.isOver) {
          readMails();
          const task = Math.random() < 1 / SIGN_UP_EVERY ? undefined : tasks.shift();
          await (task ?? signUpAnew)(run);
        }
      });
    },
    async finish(run, isQuiet) {
      isEnding = true;
      beginLife();
      for (let isOver = false; !isOver;) {
        await doAll(run);
        const wasQuiet = await isQuiet();
        readMails();
        isOver = wasQuiet && tasks.length === 0;
        if (!isOver) await delay(50);
      }
      tasks.push(...[...tried.values()].map(tryAgain));
      await doAll(run);
    },
  };
};
