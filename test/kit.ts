/**
 * The test kit: the only file of Gatehouse that a test in test/app imports. It starts the whole server with a database of its own,
 * embedded or, with TEST_DATABASE_URL, on PostgreSQL. For example:
 *
 *     import { startKit, type Kit } from '../kit.js';
 *     import { CreateProjectDocument } from './generated/operations.js';
 *
 *     let kit: Kit;
 *
 *     beforeAll(async () => {
 *       kit = await startKit();
 *     });
 *
 *     afterAll(() => kit.close());
 *
 *     it('creates a project', async () => {
 *       const { client } = await kit.user();
 *       const { createProject } = await client.send(CreateProjectDocument, { input: { title: 'Engine' } });
 *       expect(createProject).toMatchObject({ project: { title: 'Engine' } });
 *     });
 *
 * `npm run codegen` generates the documents from every `.graphql` file below test/app.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { ApplicationDb } from '../src/auth/application/application-access.js';
import { application, type Application } from '../src/server/application.js';
import type { Role } from '../src/values/roles.js';
import { startApp, type TestApp, type TestUser } from './support/app.js';
import { createKitClient, type KitClient } from './support/kit-client.js';
import { moveRowsIntoPast } from './support/moved-rows.js';

export { ResponseError, type KitClient, type KitResponse } from './support/kit-client.js';

/**
 * What a suite replaces: parts of src/app, and variables of the environment. For example:
 *
 *     const kit = await startKit({ jobs: { 'settle-payment': { run: async () => {} } }, env: { PROJECTS_PER_USER: '1' } });
 */
export interface KitOptions extends Partial<Application> {
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A user to create, each part of which has a default. For example:
 *
 *     await kit.user({ role: 'ADMIN', email: 'ada@example.com' });
 */
export interface KitUserOptions {
  /** A role besides `USER`, which every user has. */
  readonly role?: Role;
  readonly email?: string;
  /** True by default. A user without a verified address cannot log in, unless REQUIRE_VERIFIED_EMAIL is false. */
  readonly verified?: boolean;
}

/**
 * A user, with a client that is logged in if the user can log in. For example:
 *
 *     const { id, client } = await kit.user();
 *     expect(await client.send(MeDocument)).toEqual({ me: { id } });
 */
export interface KitUser extends TestUser {
  readonly client: KitClient;
}

/**
 * An email that was sent. For example:
 *
 *     const [mail] = await kit.mails.to(email);
 *     expect(mail).toMatchObject({ subject: 'Invitation to Engine', links: ['http://127.0.0.1:4000/projects/1'] });
 */
export interface KitMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every URL of the text that has a line of its own. */
  readonly links: readonly string[];
}

/**
 * A period of time, the sum of its parts. For example:
 *
 *     await kit.shiftTime({ days: 30, hours: 1 });
 */
export interface KitDuration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/**
 * A server with a clean database, and what a test does with it. For example:
 *
 *     const kit = await startKit();
 *     const { email, client } = await kit.user({ role: 'ADMIN' });
 *     await client.send(InviteDocument, { input: { email } });
 *     expect(await kit.mails.to(email)).toHaveLength(1);
 *     await kit.close();
 */
export interface Kit {
  /** The origin of the server, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** A client without a user. */
  readonly anonymous: KitClient;
  /** The database as the code of src/app uses it, to prepare and to check rows: `await kit.db.project.findMany()`. */
  readonly db: ApplicationDb;
  readonly mails: {
    /** Waits for `idle`, and returns the emails to an address, oldest first. */
    to(email: string): Promise<KitMail[]>;
  };
  readonly jobs: {
    /** Runs due jobs, those that they enqueue, and due periodic jobs, until none is left. The same as `idle`. */
    run(): Promise<void>;
  };
  /** Creates a user, and logs it in: `const { client } = await kit.user({ role: 'MANAGER' })`. */
  user(options?: KitUserOptions): Promise<KitUser>;
  /**
   * Runs due jobs and erasures, and sends due emails, until none is left. What is due later waits for `shiftTime`.
   *
   * @throws Error with the messages of the jobs that failed since the last call; they are due again later
   */
  idle(): Promise<void>;
  /**
   * Moves all stored times into the past: to everything that is stored, the period has passed. Clients renew their tokens as after
   * that time, and are anonymous if their session has ended.
   *
   * No clock is moved. `new Date()` and `now()` return the present, so code that compares them with stored times sees the period.
   * Times inside JSON and inside ids (UUIDv7), access tokens that a test has kept, and rows that it has read stay as they are.
   */
  shiftTime(period: KitDuration): Promise<void>;
  /**
   * Stops the server and drops the database.
   *
   * @throws Error when the log, an error of a response, or a metric contains a password or a token
   */
  close(): Promise<void>;
}

/** How long `idle` waits for work that does not end. */
const IDLE_WAIT_MS = 60_000;

/** Starts a server for a suite: `kit = await startKit()` in `beforeAll`, and `kit.close()` in `afterAll`. */
export const startKit = async ({ env, ...replaced }: KitOptions = {}): Promise<Kit> => {
  const app = await startApp(env, { ...application, ...replaced });
  const { auth } = app.gatehouse;
  const idle = createIdle(app);
  let shiftedMs = 0;
  const now = () => Date.now() + shiftedMs;
  return {
    url: app.url,
    anonymous: createKitClient(app, now),
    db: auth.applicationAccess({ kind: 'system' }, new AbortController().signal).db,
    mails: {
      async to(email) {
        await idle();
        const mails = await app.mailbox.to(email);
        return mails.map(({ subject = '', text = '', html = '' }) => ({
          subject,
          text,
          html,
          links: [...text.matchAll(/^https?:\/\/\S+$/gm)].map(([link]) => link),
        }));
      },
    },
    jobs: { run: idle },
    async user({ role, email, verified = true } = {}) {
      const roles = role === undefined ? [] : [role];
      const user = await app.createUser({ roles, verified, ...(email === undefined ? {} : { email }) });
      const canLogIn = verified || !app.config.requireVerifiedEmail;
      return { ...user, client: createKitClient(app, now, canLogIn ? await app.login(user) : undefined) };
    },
    idle,
    async shiftTime({ days = 0, hours = 0, minutes = 0, seconds = 0 }) {
      const total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
      await moveRowsIntoPast(app.database, total);
      shiftedMs += total * 1000;
    },
    close: () => app.close(),
  };
};

const createIdle = ({ gatehouse: { auth }, database, log }: Pick<TestApp, 'gatehouse' | 'database' | 'log'>) => {
  let read = 0;
  // A claimed entry is one without a failure of its last attempt.
  const isBusy = async () =>
    (
      await database.query(`
        SELECT 1 FROM auth_queue_entry
        WHERE dead_at IS NULL AND (deliver_after <= now() OR (attempts > 0 AND last_failure IS NULL)) LIMIT 1`)
    ).length > 0;
  return async (): Promise<void> => {
    const deadline = Date.now() + IDLE_WAIT_MS;
    await auth.accountDeletion.erase();
    do {
      if (Date.now() > deadline)
        throw new Error(`There is still work in the queue after ${IDLE_WAIT_MS / 1000} seconds.`);
      await Promise.all([auth.applicationJobs.run(), auth.processMailRequests()]);
      await delay(10);
    } while (await isBusy());
    const failures = log.slice(read).flatMap(failureOf);
    read = log.length;
    if (failures.length > 0) throw new Error(failures.join('\n'));
  };
};

/** The message of a failed job in a line of the log. */
const failureOf = (line: string): string[] => {
  const { msg, job, err } = JSON.parse(line) as { msg?: string; job?: string; err?: { message?: string } };
  return msg?.startsWith('job of the application') ? [`The job "${String(job)}" failed: ${String(err?.message)}`] : [];
};
