import { setTimeout as delay } from 'node:timers/promises';

import { maximum } from '../statistics.js';
import { PASSWORD, type BenchUser, type Population } from '../population.js';
import { ME } from '../revocations.js';
import type { GraphQLRequest, GraphQLResponse } from '../servers.js';
import type { BuiltServer } from './built-server.js';
import { REVOCATION_BOUND_MS } from '../load-generator.js';

const REQUESTS_PER_SECOND = 20;
/** Logins of one account at the same moment count as attempts, so that a few accounts would reach their limit. */
const USERS = 40;

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename } }`;

/** A request, and the results that it may have besides SERVICE_UNAVAILABLE. */
interface Question {
  readonly request: GraphQLRequest;
  readonly expected: readonly string[];
}

/** What happened since the last `take`. */
interface NetworkFigures {
  readonly requests: number;
  readonly unavailable: number;
  readonly slowestMs: number;
  /** Results that no request may have: a login refused or accepted wrongly, access with an ended session, or a 500. */
  readonly wrong: readonly string[];
}

/** A session that is ended over another connection to the database than the server's. */
interface Revocation {
  /** Ends the session as soon as the database can, and sends its access token from when every instance must refuse it. */
  readonly revoke: () => void;
  /** Whether the session was accepted then, or is now. */
  readonly isAccepted: () => Promise<boolean>;
}

export interface NetworkLoad {
  readonly server: BuiltServer;
  /** Starts a session for `Revocation.revoke`. */
  readonly prepareRevocation: () => Promise<Revocation>;
  /** Whether a login and a request with an access token succeed now. */
  readonly serves: () => Promise<boolean>;
  /** Waits for the responses of all requests up to now. */
  readonly take: () => Promise<NetworkFigures>;
  readonly stop: () => void;
}

const resultOf = ({ status, data }: GraphQLResponse): string => {
  const [result] = Object.values(data ?? {}) as ({ __typename?: string } | null)[];
  return status === 200 ? (result?.__typename ?? '200') : String(status);
};

/**
 * Sends logins with the right and with a wrong password, and requests with the access tokens of a live and of an ended session, at
 * a constant rate until it is stopped.
 */
export const createNetworkLoad = async (population: Population, server: BuiltServer): Promise<NetworkLoad> => {
  const users: BenchUser[] = [];
  while (users.length < USERS) users.push(await population.createUser());
  // Wrong passwords are tried on other accounts than right ones: those would reach their limit.
  const targets: BenchUser[] = [];
  while (targets.length < USERS) targets.push(await population.createUser());
  const live = await population.createUser();
  const ended = await population.createUser();
  const end = (sessionId: string) =>
    population.query('UPDATE auth_session SET revoked_at = now() WHERE id = $1', [sessionId]);
  await end(ended.sessionId);

  const loginOf = (user: BenchUser | undefined, password: string): GraphQLRequest => ({
    query: LOGIN,
    variables: { input: { email: user?.email, password } },
  });
  const me: Question = { request: { query: ME, accessToken: live.accessToken }, expected: ['200'] };
  const questionOf = (index: number): Question => {
    const number = Math.floor(index / 4) % USERS;
    const questions: readonly Question[] = [
      { request: loginOf(users[number], PASSWORD), expected: ['LoginSuccess'] },
      me,
      {
        request: loginOf(targets[number], 'a wrong password of somebody'),
        expected: ['InvalidCredentialsError', 'RateLimitedError'],
      },
      { request: { query: ME, accessToken: ended.accessToken }, expected: ['401'] },
    ];
    return questions[index % questions.length] ?? me;
  };

  let pending: Promise<{ readonly ms: number; readonly result: string; readonly isExpected: boolean }>[] = [];
  const ask = async ({ request, expected }: Question) => {
    const startedAt = performance.now();
    const result = await server.send(request).then(resultOf, String);
    return {
      ms: performance.now() - startedAt,
      result: `${request.query.includes('login') ? 'login' : 'me'}: ${result}`,
      isExpected: result === '503' || expected.includes(result),
    };
  };
  let sent = 0;
  const timer = setInterval(() => {
    pending.push(ask(questionOf(sent)));
    sent += 1;
  }, 1000 / REQUESTS_PER_SECOND);

  return {
    server,
    async prepareRevocation() {
      const { accessToken, sessionId } = await population.createUser();
      const isAcceptedNow = () =>
        server.send({ query: ME, accessToken }).then(
          ({ status }) => status === 200,
          () => false,
        );
      await isAcceptedNow();
      let revoked: Promise<NodeJS.Timeout> | undefined;
      let accepted = 0;
      return {
        revoke: () => {
          revoked = end(sessionId).then(async () => {
            await delay(REVOCATION_BOUND_MS);
            return setInterval(() => void isAcceptedNow().then((is) => (accepted += Number(is))), 500);
          });
        },
        async isAccepted() {
          clearInterval(await revoked);
          return accepted > 0 || (await isAcceptedNow());
        },
      };
    },
    serves: async () =>
      (await server.send(loginOf(users[0], PASSWORD))).status === 200 && (await server.send(me.request)).status === 200,
    async take() {
      const answers = await Promise.all(pending);
      pending = [];
      await population.query('DELETE FROM auth_rate_limit');
      return {
        requests: answers.length,
        unavailable: answers.filter(({ result }) => result.endsWith(' 503')).length,
        slowestMs: maximum(answers.map(({ ms }) => ms)),
        wrong: answers.filter(({ isExpected }) => !isExpected).map(({ result }) => result),
      };
    },
    stop: () => clearInterval(timer),
  };
};
