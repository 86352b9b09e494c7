import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

import { limitsOf, type Limits, type LimitsConfig } from '../../src/auth/rate-limits/limits.js';
import type { Role } from '../../src/values/roles.js';
import { loadConfig, type Config } from '../../src/config/config.js';
import { application } from '../../src/server/application.js';
import { createGatehouse, type Gatehouse, type GatehouseOptions } from '../../src/server/gatehouse.js';
import { createLog } from '../../src/server/log.js';
import { PASSWORD, tapLog } from './canary.js';
import { createTestClock, withClock, type TestClock } from './clock.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { LoginDocument, SignUpDocument, type LoginMutation } from './generated/operations.js';
import { openMailbox, type Mailbox } from './mailbox.js';
import { watchForSecrets } from './watch-for-secrets.js';

/** What the server answered, as it came over the wire. */
export interface Answer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Data | null | undefined;
  readonly errors: readonly AnswerError[];
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** One GraphQL error, with what the contract puts into its extensions. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly reason?: string; readonly retryAfterSeconds?: number };
}

/** Somebody with an account. */
export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

export type LoginSuccess = Extract<LoginMutation['login'], { __typename: 'LoginSuccess' }>;

/** A whole server with a database of its own, listening on 127.0.0.1. */
export interface TestApp {
  readonly url: string;
  readonly config: Config;
  readonly gatehouse: Gatehouse;
  readonly database: TestDatabase;
  readonly clock: TestClock;
  readonly mailbox: Mailbox;
  /** Every line of the log. */
  readonly log: readonly string[];
  /** Sends an operation as a generated client does. */
  readonly send: <Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer<Data>>;
  /** Sends a body as it is. */
  readonly post: (body: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** Makes a user with a verified address and the roles given beside USER. */
  createUser(options?: { email?: string; roles?: readonly Role[]; verified?: boolean }): Promise<TestUser>;
  login(user: Pick<TestUser, 'email' | 'password'>): Promise<LoginSuccess>;
  /** Asks for an account, and answers the receipt. */
  signUp(email: string, password?: string, name?: string): Promise<string>;
  /** A new user, logged in. */
  newcomer(...roles: readonly Role[]): Promise<TestUser & { tokens: LoginSuccess }>;
  /** Waits, a minute at most, until every request for mail is answered and every mail is delivered. */
  idle(): Promise<void>;
  /** Runs another instance over the same database (PostgreSQL only). */
  sibling(options?: TestAppOptions): Promise<TestApp>;
  /** @throws Error when the log, an error of a response, or a metric contains a secret */
  close(): Promise<void>;
}

export { PASSWORD };

/** What no test that asks something else should meet. */
export const unlimited = {
  LOGIN_ATTEMPTS_PER_ACCOUNT: '1000',
  LOGIN_ATTEMPTS_PER_NETWORK: '1000000',
  MAILS_PER_ADDRESS_PER_HOUR: '1000',
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1000000',
};

/** The limits of a configuration, without those that no variable sets: all tests come from one address. */
export const limitsForTests = (config: LimitsConfig): Limits => {
  const { password, ...limits } = limitsOf(config);
  const { pair: _pair, delayFrom: _delayFrom, ...ofVariables } = password;
  const none = { windowSeconds: 60 };
  return { ...limits, password: ofVariables, link: none, refresh: none };
};

/** Cheap parameters: the tests ask what is hashed, not how hard. */
const environment = {
  NODE_ENV: 'test',
  ARGON2_MEMORY_KIB: '1024',
  ARGON2_PASSES: '1',
  LOG_LEVEL: 'info',
  ...unlimited,
};

/** The header of a bearer. */
export const bearer = (accessToken: string): Record<string, string> => ({ authorization: `Bearer ${accessToken}` });

/** What a test decides about its server beside the environment. */
export interface TestAppOptions extends GatehouseOptions {
  /** False where the test itself holds requests up for longer than a loaded machine leaves of their deadline. */
  readonly hasDeadlines?: boolean;
  /** True where the test is about rate limits that no variable sets. */
  readonly hasAllLimits?: boolean;
}

/** Starts a server. `env` is added to its environment. */
export const startApp = async (env: NodeJS.ProcessEnv = {}, options: TestAppOptions = {}): Promise<TestApp> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  const database = await createTestDatabase();
  const variables = options.variables ?? application.variables;
  const config = { ...loadConfig({ ...environment, DATA_DIR: dataDir, ...env }, variables), port: 0 };
  const app = await runApp(config, database, options);
  return {
    ...app,
    async close() {
      try {
        await app.close();
      } finally {
        await database.drop();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
};

/** The hooks and jobs of src/app would change what the tests of Gatehouse observe. Only test/kit.ts passes them on. */
const withoutHooks = { hooks: {}, jobs: {} };

/** Runs one instance over a database; when it does not start, the database is dropped. */
export const runApp = async (config: Config, database: TestDatabase, options: TestAppOptions): Promise<TestApp> => {
  const clock = createTestClock();
  const lines: string[] = [];
  const store = options.store ?? withClock(await database.open(options.hasDeadlines), clock);
  const log = options.log ?? createLog(config, { write: () => undefined });
  tapLog(log, lines);
  const limits = options.hasAllLimits ? limitsOf(config) : limitsForTests(config);
  const gatehouse = await createGatehouse(config, {
    ...withoutHooks,
    clock: clock.now,
    limits,
    ...options,
    log,
    store,
  }).catch(async (error: unknown) => {
    await store.close();
    await database.drop();
    throw error;
  });
  const secretWatch = watchForSecrets(gatehouse, config, lines);
  await gatehouse.start();
  const { port } = gatehouse.server.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  const post = async <Data>(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    const json = JSON.parse(text) as Partial<Answer<Data>>;
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text,
      data: json.data,
      errors: json.errors ?? [],
      extensions: json.extensions,
    };
  };
  const send: TestApp['send'] = (document, variables, headers) =>
    post(JSON.stringify({ query: print(document), variables }), headers);

  let count = 0;
  const createUser: TestApp['createUser'] = async ({ email, roles = [], verified = true } = {}) => {
    count += 1;
    const account = {
      email: email ?? `somebody-${process.pid}-${count}@example.com`,
      password: PASSWORD,
      name: null,
      roles,
      verified,
    };
    const user = await gatehouse.auth.users.create(account, { kind: 'system' });
    if ('failure' in user) throw new Error(user.failure);
    return { id: user.id, email: user.email, password: PASSWORD };
  };
  const login: TestApp['login'] = async ({ email, password }) => {
    const { data, text } = await send(LoginDocument, { input: { email, password } });
    if (data?.login.__typename !== 'LoginSuccess') throw new Error(`login failed: ${text}`);
    return data.login;
  };

  return {
    url,
    config,
    gatehouse,
    database,
    clock,
    mailbox: openMailbox(config.dataDir),
    log: lines,
    send,
    post,
    createUser,
    login,
    async signUp(email, password = PASSWORD, name) {
      const { data, text } = await send(SignUpDocument, { input: { email, password, name } });
      if (data?.signUp.__typename !== 'SignUpSuccess') throw new Error(`sign-up failed: ${text}`);
      return data.signUp.receipt;
    },
    async newcomer(...roles) {
      const user = await createUser({ roles });
      return { ...user, tokens: await login(user) };
    },
    async idle() {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
        if ((await database.query("SELECT 1 FROM auth_queue_entry WHERE topic NOT LIKE 'periodic:%'")).length === 0)
          return;
        await delay(10);
      }
      throw new Error('the outbox is not empty');
    },
    sibling: (other = {}) => runApp(config, database, { ...options, ...other }),
    async close() {
      const assertNoLeak = await secretWatch.finish();
      await gatehouse.close();
      assertNoLeak();
    },
  };
};
