import { setTimeout as delay } from 'node:timers/promises';

import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import {
  Authorized,
  formats,
  Public,
  requireUser,
  type ApplicationTx,
  type Context,
  type JobContext,
  type Mails,
  type Variables,
} from '../../src/extend.js';
import { application, assertApplication } from '../../src/server/application.js';
import { bearer, startApp, type TestApp } from '../support/app.js';

/** The compiler knows the jobs and mails of src/app only. */
interface TestTx {
  readonly enqueue: (job: string, payload: unknown) => Promise<void>;
  readonly mail: { readonly send: (...args: readonly unknown[]) => Promise<boolean> };
}
const untyped = (value: object): TestTx => value as TestTx;

const NOBODY = '01900000-0000-7000-8000-000000000001';

@Resolver()
class ProjectResolver {
  @Query(() => Number, { description: 'A value of the configuration.' })
  @Public('For the test.')
  projectsPerUser(@Ctx() { config }: Context): number {
    return (config as { projectsPerUser: number }).projectsPerUser;
  }

  @Mutation(() => Boolean, { description: 'Invites the caller in a transaction.' })
  @Authorized()
  invite(@Arg('fails', () => Boolean, { description: 'Whether it fails.' }) fails: boolean, @Ctx() context: Context) {
    const { userId } = requireUser(context);
    return context.db.$transaction(async (tx) => {
      const isSent = await untyped(tx).mail.send({ userId }, 'invitation', { project: 'Apollo', link: '/projects/1' });
      await untyped(tx).enqueue('count', { userId });
      if (fails) throw new Error('no');
      return isSent;
    });
  }

  @Mutation(() => Boolean, { description: 'Sends a mail outside a transaction.' })
  @Authorized()
  remind(@Ctx() { mail }: Context): Promise<boolean> {
    return untyped({ mail }).mail.send({ email: 'bob@example.com', locale: 'de' }, 'reminder', {});
  }

  @Mutation(() => Boolean, { description: 'Sends a mail to nobody.' })
  @Authorized()
  remindNobody(@Ctx() { mail }: Context): Promise<boolean> {
    return untyped({ mail }).mail.send({ userId: NOBODY }, 'reminder', {});
  }

  @Mutation(() => Boolean, { description: 'Uses the outer access inside a transaction.' })
  @Authorized()
  mixUp(@Ctx() { db, mail }: Context): Promise<boolean> {
    return db.$transaction(() => untyped({ mail }).mail.send({ email: 'bob@example.com' }, 'reminder', {}));
  }
}

const variables = {
  PROJECTS_PER_USER: { format: formats.wholeNumber(1, 100), default: '20', reason: 'The number of projects.' },
} as const satisfies Variables;

const mails = {
  invitation: {
    en: { subject: 'Invitation to {project}', paragraphs: ['Welcome to {project}.', '{link}'], link: 'Open' },
  },
  reminder: {
    en: { subject: 'A reminder', paragraphs: ['Remember.'] },
    de: { subject: 'Eine Erinnerung', paragraphs: ['Denk daran.'] },
  },
} as const satisfies Mails;

const counted: unknown[] = [];
let periodicRuns = 0;

const jobs = {
  count: {
    run: (payload: unknown) => {
      counted.push(payload);
      return Promise.resolve();
    },
  },
  fail: { run: () => Promise.reject(new Error('The service is down.')) },
  tidy: {
    everySeconds: 3600,
    run: async (_payload: null, { db }: JobContext) => {
      periodicRuns += 1;
      await db.$transaction((tx) => untyped(tx).enqueue('count', 'from tidy'));
    },
  },
};

let app: TestApp;
let accessToken: string;
let email: string;

beforeAll(async () => {
  app = await startApp(
    { PROJECTS_PER_USER: '7', METRICS_PORT: '0', APP_URL: 'https://app.example.com' },
    { resolvers: [ProjectResolver], variables, mails, jobs },
  );
  const user = await app.newcomer();
  ({ email } = user);
  ({ accessToken } = user.tokens);
  await app.idle();
  while (counted.length === 0) await delay(5);
});

afterAll(() => app.close());

const mutate = (field: string) => app.post(JSON.stringify({ query: `mutation { ${field} }` }), bearer(accessToken));

const subjectsTo = async (recipient: string) => {
  await app.idle();
  return (await app.mailbox.to(recipient)).map(({ subject }) => subject);
};

describe('an application', () => {
  it('reads its configuration from the context, and nothing else of it', async () => {
    const { data } = await app.post(JSON.stringify({ query: '{ projectsPerUser }' }));
    expect(data).toEqual({ projectsPerUser: 7 });
    expect(app.config.application).toEqual({ projectsPerUser: 7 });
  });

  it('sends a mail and queues a job in a transaction, at once after its commit', async () => {
    counted.length = 0;
    expect((await mutate('invite(fails: false)')).data).toEqual({ invite: true });
    expect(await subjectsTo(email)).toContain('Invitation to Apollo');
    expect(counted).toEqual([{ userId: expect.any(String) as string }]);
  });

  it('sends and queues nothing in a transaction that fails', async () => {
    counted.length = 0;
    const before = await subjectsTo(email);
    expect((await mutate('invite(fails: true)')).status).toBe(500);
    expect(await subjectsTo(email)).toEqual(before);
    expect(counted).toEqual([]);
  });

  it('sends a mail outside a transaction, in the language of its recipient', async () => {
    expect((await mutate('remind')).data).toEqual({ remind: true });
    expect(await subjectsTo('bob@example.com')).toEqual(['Eine Erinnerung']);
  });

  it('learns that a user who does not exist gets no mail', async () => {
    expect((await mutate('remindNobody')).data).toEqual({ remindNobody: false });
  });

  it('cannot use the outer access inside a transaction', async () => {
    expect((await mutate('mixUp')).errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(app.log.join()).toContain('Inside store.transaction(), use only its `tx`');
  });

  it('has a periodic job that has run when the server had started', () => {
    expect(periodicRuns).toBe(1);
  });

  it('has jobs that the log and the metrics name, and the queue lists without their payloads', async () => {
    const { auth } = app.gatehouse;
    const { signal } = new AbortController();
    await auth
      .applicationAccess({ kind: 'system' }, signal)
      .db.$transaction((tx: ApplicationTx) => untyped(tx).enqueue('fail', { name: 'Ada Lovelace' }));
    while (!app.log.some((line) => line.includes('job of the application failed'))) await delay(5);
    const line = app.log.find((entry) => entry.includes('job of the application failed')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ job: 'fail', attempts: 1, failure: 'FAILED', level: 50 });
    expect(line).toContain('The service is down.');
    // The failure is logged before it is recorded.
    let [entry] = await auth.queuedMail.list(10, null);
    while (entry?.lastFailure === null) [entry] = await auth.queuedMail.list(10, null);
    expect(entry).toMatchObject({ topic: 'app:fail', lastFailure: 'FAILED', attempts: 1 });
    expect(JSON.stringify([line, entry])).not.toContain('Ada');
    const address = app.gatehouse.metricsServer?.server.address() as { port: number };
    const metrics = await (await fetch(`http://127.0.0.1:${address.port}/metrics`)).text();
    expect(metrics).toMatch(/gatehouse_application_job_duration_seconds_count\{job="fail",outcome="failed"\} 1\n/);
    await app.database.query('DELETE FROM auth_queue_entry');
  });

  it('cannot enqueue a job or send a mail that does not exist: the compiler refuses it', () => {
    const wrong = (tx: ApplicationTx) => [
      // @ts-expect-error the job is missing in src/app/jobs.ts
      tx.enqueue('coutn', null),
      // @ts-expect-error the mail is missing in src/app/mails/mails.ts
      tx.mail.send({ userId: NOBODY }, 'remindre', {}),
    ];
    expect(wrong).toBeInstanceOf(Function);
  });
});

describe('a mistake in the application', () => {
  const job = { run: () => Promise.resolve() };

  it.each([
    [{ jobs: { sendReminder: job } }, 'src/app/jobs.ts: the job "sendReminder" must be named in lower-case words'],
    [{ jobs: { tidy: { ...job, everySeconds: 0.5 } } }, 'src/app/jobs.ts: the job "tidy" has an interval'],
    [{ jobs: { tidy: {} } }, 'src/app/jobs.ts: the job "tidy" needs a function `run`.'],
    [{ mails: { invitation: { de: mails.reminder.de } } }, 'invitation has no English text; add invitation.en'],
    [{ variables: { MAIL_URL: variables.PROJECTS_PER_USER } }, `the variable "MAIL_URL" is one of Gatehouse's.`],
    [{ routes: [{ method: 'GET', url: '/app/a', handler: () => ({ status: 204 }) }] }, 'GET /app/a has no rule.'],
  ])('is named with its place: %j', (mistake, sentence) => {
    expect(() => {
      assertApplication({ ...application, ...(mistake as object) });
    }).toThrow(sentence);
  });

  it('stops the start', async () => {
    await expect(startApp({}, { jobs: { sendReminder: job } })).rejects.toThrow('must be named in lower-case words');
  });
});
