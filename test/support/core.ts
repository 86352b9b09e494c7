import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Auth } from '../../src/auth/auth.js';
import type { SessionProof } from '../../src/auth/sessions/replaced-sessions.js';
import type { Client, UserCaller } from '../../src/auth/caller.js';
import type { LoggedIn } from '../../src/auth/login/password-login.js';
import { loadConfig } from '../../src/config/config.js';
import { application } from '../../src/server/application.js';
import { openCore, type CoreOptions } from '../../src/server/core.js';
import { createLog } from '../../src/server/log.js';
import type { PrincipalNotices } from '../../src/store/database/notices.js';
import type { Store } from '../../src/store/store.js';
import { limitsForTests, PASSWORD, unlimited } from './app.js';
import { assertNoSecret } from './canary.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { openMailbox, type Mailbox } from './mailbox.js';

/** The flows over a database of their own, without a server. */
export interface TestCore {
  readonly auth: Auth;
  readonly store: Store;
  readonly database: TestDatabase;
  readonly mailbox: Mailbox;
  /** Every line of the log. */
  readonly log: readonly string[];
  /** Lets something happen right before the next transaction of a flow, as if another instance had done it. */
  interrupt(happens: () => Promise<unknown>): void;
  /** Makes a user with a verified address, and answers what it logs in with. */
  createUser(email: string, verified?: boolean): Promise<{ id: string; email: string; password: string }>;
  /** Creates a user with a verified address, and logs it in. */
  createCaller(email: string): Promise<{ caller: UserCaller; tokens: LoggedIn }>;
  /** Logs a user in whose password is PASSWORD. */
  login(email: string): Promise<LoggedIn>;
  /** The types of the events about a user, oldest first. */
  eventTypesOf(userId: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The client of a call that comes over no wire. */
export const client: Client = {
  network: '203.0.113.0/24',
  ranges: { narrow: '203.0.113.7', wide: '203.0.113.0/24' },
  userAgent: 'curl/8.14.1',
  language: null,
  requestId: 'a-request',
};

/** The proof of a client that presents no token when it logs in. */
export const noProof: SessionProof = { caller: { kind: 'anonymous', reason: 'MISSING' }, refreshToken: null };

/**
 * @param listening what stands between the database's notices and the flows
 * @param runJobs false where the test counts statements
 * @param options the application
 */
export const startCore = async (
  env: NodeJS.ProcessEnv = {},
  listening: (notices: PrincipalNotices) => PrincipalNotices = (notices) => notices,
  runJobs = true,
  options: Pick<CoreOptions, 'hooks' | 'jobs'> = {},
): Promise<TestCore> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  const database = await createTestDatabase();
  const store = await database.open();
  let interruption: (() => Promise<unknown>) | undefined;
  const interrupted: Store = {
    ...store,
    principalNotices: listening(store.principalNotices),
    transaction: async (work) => {
      const happens = interruption;
      interruption = undefined;
      await happens?.();
      return store.transaction(work);
    },
  };
  const environment = {
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
    ...unlimited,
    ...env,
  };
  const config = loadConfig(environment, application.variables);
  const lines: string[] = [];
  const core = await openCore(config, {
    store: interrupted,
    log: createLog({ logLevel: 'info' }, { write: (line) => lines.push(line) }),
    runJobs,
    limits: limitsForTests(config),
    hooks: {},
    jobs: {},
    ...options,
  });
  const { auth } = core;
  const createUser: TestCore['createUser'] = async (email, verified = true) => {
    const account = { email, password: PASSWORD, name: null, roles: [], verified };
    const user = await auth.users.create(account, { kind: 'system' });
    if ('failure' in user) throw new Error(user.failure);
    return { id: user.id, email, password: PASSWORD };
  };
  const login: TestCore['login'] = async (email) => {
    const tokens = await auth.login.withPassword({ email, password: PASSWORD }, client, noProof);
    if ('failure' in tokens) throw new Error(tokens.failure);
    return tokens;
  };
  return {
    auth,
    store,
    database,
    mailbox: openMailbox(dataDir),
    log: lines,
    interrupt: (happens) => {
      interruption = happens;
    },
    createUser,
    async createCaller(email) {
      const { id: userId } = await createUser(email);
      const tokens = await login(email);
      return { caller: { kind: 'user', userId, sessionId: tokens.session.id, roles: ['USER'] }, tokens };
    },
    login,
    async eventTypesOf(userId) {
      const events = await store.securityEvents.listBySubject(userId, 100);
      return events.map(({ type }) => type).reverse();
    },
    async close() {
      await core.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
      assertNoSecret('the log', lines);
    },
  };
};
