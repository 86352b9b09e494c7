import { setTimeout as delay } from 'node:timers/promises';

import type { MailServer } from '../test/support/smtp.js';
import { arrivals, type Arrival } from './arrivals.js';
import { endOf, requestPasswordReset, resetPassword, signUp, verifyEmail } from './mail-questions.js';
import { PASSWORD } from './population.js';
import type { Question, Server } from './servers.js';

/** Requests for a reset that somebody makes after the sign-up. */
const RESETS = 2;
/** Of so many pieces of work one is a new sign-up; the others are what follows from it. */
const SIGN_UP_EVERY = 7;
const CLIENTS = 8;

/** Somebody who signed up. */
export interface Person {
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
export interface Tried {
  readonly arrival: Required<Arrival>;
  readonly person: Person;
  /** Tries that were answered with success. */
  successes: number;
  hasAnswer: boolean;
}

/** A server until it is killed. */
export interface Life {
  readonly server: Server;
  isOver: boolean;
}

/** People, and what they have seen. */
export interface Load {
  readonly people: ReadonlyMap<string, Person>;
  /** By the id of the token. */
  readonly tried: ReadonlyMap<string, Tried>;
  /** Answers that must not be given, and requests that found no server though it was not killed. */
  readonly odd: readonly string[];
  readonly counts: Readonly<Record<'answered' | 'unanswered', number>>;
  /** Has the clients ask until the life is over. */
  readonly run: (life: Life) => Promise<void>;
  /** Begins nothing new, but opens what arrives until all is quiet, and then tries every token once more. */
  readonly finish: (life: Life, isQuiet: () => Promise<boolean>) => Promise<void>;
}

type Task = (life: Life) => Promise<unknown>;

/**
 * What people do: they sign up, open the link in the mail, and then forget their passwords. Each token is tried by two
 * clients at once, and again in the next life of the server, whether or not the first tries were answered.
 */
export const createLoad = (mailServer: MailServer): Load => {
  const people = new Map<string, Person>();
  const tried = new Map<string, Tried>();
  const odd: string[] = [];
  const counts = { answered: 0, unanswered: 0 };
  const tasks: Task[] = [];
  const inNextLife: Task[] = [];
  let read = 0;
  let passwords = 0;
  let isEnding = false;

  /** Nothing, when the server was killed meanwhile. */
  const ask = async (life: Life, question: Question, ...expected: readonly string[]) => {
    try {
      const end = endOf(await life.server.ask(question));
      counts.answered += 1;
      if (!expected.includes(end.name)) odd.push(end.name);
      return end;
    } catch (error) {
      counts.unanswered += 1;
      if (!life.isOver) odd.push(String(error));
      return undefined;
    }
  };

  const signUpAnew: Task = async (life) => {
    const email = `person-${people.size}@example.com`;
    // Its mail may be there before the answer is.
    const receipt = ask(life, signUp(email), 'SignUpAccepted').then((end) => end?.receipt);
    people.set(email, { email, receipt, resets: 0, answeredRequests: 0, passwords: [PASSWORD], newestToken: '' });
    await receipt;
  };

  const forgetPassword =
    (person: Person): Task =>
    async (life) => {
      if (isEnding) return;
      const end = await ask(life, requestPasswordReset(person.email), 'MailAccepted');
      if (end) person.answeredRequests += 1;
      else inNextLife.push(forgetPassword(person));
    };

  /** One try of a token; a reset chooses a password of its own. */
  const attempt = async (life: Life, { arrival, person }: Tried) => {
    const { link } = arrival;
    if (link.path === '/verify-email') {
      const question = verifyEmail(link.token, await person.receipt);
      return { end: await ask(life, question, 'VerifyEmailSuccess', 'InvalidToken'), password: PASSWORD };
    }
    passwords += 1;
    const password = `${PASSWORD} ${passwords}`;
    const question = resetPassword(link.token, password);
    return { end: await ask(life, question, 'ResetPasswordSuccess', 'InvalidToken'), password };
  };

  const tryAtOnce = async (life: Life, token: Tried, times: number): Promise<void> => {
    const { person, arrival } = token;
    const attempts = await Promise.all(Array.from({ length: times }, () => attempt(life, token)));
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
    (token: Tried): Task =>
    async (life) => {
      await tryAtOnce(life, token, 1);
      if (!token.hasAnswer) inNextLife.push(tryAgain(token));
    };

  const open =
    (token: Tried): Task =>
    async (life) => {
      await tryAtOnce(life, token, 2);
      inNextLife.push(tryAgain(token));
    };

  const readMails = (): void => {
    const mails = arrivals(mailServer, read);
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
  const doAll = (life: Life) =>
    atOnce(async () => {
      for (let task = tasks.shift(); task; task = tasks.shift()) await task(life);
    });

  return {
    people,
    tried,
    odd,
    counts,
    async run(life) {
      beginLife();
      await atOnce(async () => {
        while (!life.isOver) {
          readMails();
          const task = Math.random() < 1 / SIGN_UP_EVERY ? undefined : tasks.shift();
          await (task ?? signUpAnew)(life);
        }
      });
    },
    async finish(life, isQuiet) {
      isEnding = true;
      beginLife();
      for (let isOver = false; !isOver;) {
        await doAll(life);
        const wasQuiet = await isQuiet();
        readMails();
        isOver = wasQuiet && tasks.length === 0;
        if (!isOver) await delay(50);
      }
      tasks.push(...[...tried.values()].map(tryAgain));
      await doAll(life);
    },
  };
};
