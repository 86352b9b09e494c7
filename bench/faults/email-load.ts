import { setTimeout as delay } from 'node:timers/promises';

import type { MailServer } from '../../test/support/smtp.js';
import { receivedEmails, type ReceivedEmail } from '../received-emails.js';
import {
  resultOf,
  passwordResetRequest,
  resetPasswordRequest,
  signUpRequest,
  verifyEmailRequest,
} from '../mail-operations.js';
import { PASSWORD } from '../population.js';
import type { GraphQLRequest } from '../servers.js';
import type { BuiltServer } from './built-server.js';

/** Password resets that each user requests after the sign-up. */
const RESETS = 2;
/** One of this many tasks is a new sign-up. The others follow from earlier ones. */
const SIGN_UP_EVERY = 7;
const CLIENTS = 8;

export interface SimulatedUser {
  readonly email: string;
  /** Undefined when the sign-up got no response, so that its outcome is unknown. */
  readonly receipt: Promise<string | undefined>;
  resets: number;
  /** Requests for a reset that got a response. */
  answeredRequests: number;
  /** The possible passwords; more than one when a reset got no response. */
  passwords: readonly string[];
  /** The newest token that has affected the password. */
  newestToken: string;
}

/** A token from an email, and the results of its use. */
export interface TokenUse {
  readonly email: Required<ReceivedEmail>;
  readonly user: SimulatedUser;
  /** Attempts with a successful response. */
  successes: number;
  hasResponse: boolean;
}

/** A server from its start until it is killed. */
export interface ServerRun {
  readonly server: BuiltServer;
  isKilled: boolean;
}

/** Simulated users, and the results of their requests. */
export interface EmailLoad {
  readonly users: ReadonlyMap<string, SimulatedUser>;
  /** By the id of the token. */
  readonly tokenUses: ReadonlyMap<string, TokenUse>;
  /** Unexpected results, and requests that failed although the server was not killed. */
  readonly unexpected: readonly string[];
  readonly counts: Readonly<Record<'answered' | 'unanswered', number>>;
  /** Sends requests until the server is killed. */
  readonly run: (run: ServerRun) => Promise<void>;
  /** Uses the tokens of all emails that still arrive, until nothing is pending, and then every token once more. */
  readonly finish: (run: ServerRun, isIdle: () => Promise<boolean>) => Promise<void>;
}

type Task = (run: ServerRun) => Promise<unknown>;

/**
 * Simulates users who sign up, open the link in the email and then reset their passwords. Each token is used by two clients
 * concurrently, and again after the next start of the server, whether or not the first attempts got a response.
 */
export const createEmailLoad = (mailServer: MailServer): EmailLoad => {
  const users = new Map<string, SimulatedUser>();
  const tokenUses = new Map<string, TokenUse>();
  const unexpected: string[] = [];
  const counts = { answered: 0, unanswered: 0 };
  const tasks: Task[] = [];
  const inNextRun: Task[] = [];
  let read = 0;
  let passwords = 0;
  let isEnding = false;

  /** Resolves with undefined when the server was killed before it responded. */
  const send = async (run: ServerRun, question: GraphQLRequest, ...expected: readonly string[]) => {
    try {
      const end = resultOf(await run.server.send(question));
      counts.answered += 1;
      if (!expected.includes(end.name)) unexpected.push(end.name);
      return end;
    } catch (error) {
      counts.unanswered += 1;
      if (!run.isKilled) unexpected.push(String(error));
      return undefined;
    }
  };

  const signUpNewUser: Task = async (run) => {
    const email = `person-${users.size}@example.com`;
    // The email may arrive before the response.
    const receipt = send(run, signUpRequest(email), 'SignUpSuccess').then((end) => end?.receipt);
    users.set(email, { email, receipt, resets: 0, answeredRequests: 0, passwords: [PASSWORD], newestToken: '' });
    await receipt;
  };

  const resetPasswordOf =
    (user: SimulatedUser): Task =>
    async (run) => {
      if (isEnding) return;
      const end = await send(run, passwordResetRequest(user.email), 'RequestPasswordResetSuccess');
      if (end) user.answeredRequests += 1;
      else inNextRun.push(resetPasswordOf(user));
    };

  /** Uses a token once. Each reset sets a different password. */
  const attempt = async (run: ServerRun, { email, user }: TokenUse) => {
    const { link } = email;
    if (link.path === '/verify-email') {
      const question = verifyEmailRequest(link.token, await user.receipt);
      return { end: await send(run, question, 'VerifyEmailSuccess', 'InvalidTokenError'), password: PASSWORD };
    }
    passwords += 1;
    const password = `${PASSWORD} ${passwords}`;
    const question = resetPasswordRequest(link.token, password);
    return { end: await send(run, question, 'ResetPasswordSuccess', 'InvalidTokenError'), password };
  };

  const useConcurrently = async (run: ServerRun, token: TokenUse, times: number): Promise<void> => {
    const { user, email } = token;
    const attempts = await Promise.all(Array.from({ length: times }, () => attempt(run, token)));
    const won = attempts.filter(({ end }) => end !== undefined && end.name !== 'InvalidTokenError');
    const unanswered = attempts.filter(({ end }) => end === undefined);
    token.successes += won.length;
    if (email.link.tokenId >= user.newestToken) {
      user.newestToken = email.link.tokenId;
      const [winner] = won;
      if (winner) user.passwords = [winner.password];
      else user.passwords = [...new Set([...user.passwords, ...unanswered.map(({ password }) => password)])];
    }
    if (unanswered.length < times && !token.hasResponse) {
      token.hasResponse = true;
      if (user.resets < RESETS) tasks.push(resetPasswordOf(user));
      user.resets += 1;
    }
  };

  const useAgain =
    (token: TokenUse): Task =>
    async (run) => {
      await useConcurrently(run, token, 1);
      if (!token.hasResponse) inNextRun.push(useAgain(token));
    };

  const open =
    (token: TokenUse): Task =>
    async (run) => {
      await useConcurrently(run, token, 2);
      inNextRun.push(useAgain(token));
    };

  const readEmails = (): void => {
    const mails = receivedEmails(mailServer, read);
    read += mails.length;
    for (const { link, ...mail } of mails) {
      const user = users.get(mail.to);
      // A duplicate is ignored, as a user would do.
      if (!link || !user || tokenUses.has(link.tokenId)) continue;
      const token = { email: { ...mail, link }, user, successes: 0, hasResponse: false };
      tokenUses.set(link.tokenId, token);
      tasks.push(open(token));
    }
  };

  const withClients = async (client: () => Promise<void>): Promise<void> => {
    await Promise.all(Array.from({ length: CLIENTS }, client));
  };
  const beginRun = () => tasks.unshift(...inNextRun.splice(0));
  const doAll = (run: ServerRun) =>
    withClients(async () => {
      for (let task = tasks.shift(); task; task = tasks.shift()) await task(run);
    });

  return {
    users,
    tokenUses,
    unexpected,
    counts,
    async run(run) {
      beginRun();
      await withClients(async () => {
        while (!run.isKilled) {
          readEmails();
          const task = Math.random() < 1 / SIGN_UP_EVERY ? undefined : tasks.shift();
          await (task ?? signUpNewUser)(run);
        }
      });
    },
    async finish(run, isIdle) {
      isEnding = true;
      beginRun();
      for (let isDone = false; !isDone;) {
        await doAll(run);
        const wasIdle = await isIdle();
        readEmails();
        isDone = wasIdle && tasks.length === 0;
        if (!isDone) await delay(50);
      }
      tasks.push(...[...tokenUses.values()].map(useAgain));
      await doAll(run);
    },
  };
};
