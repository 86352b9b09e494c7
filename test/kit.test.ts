import { Query, Resolver } from 'type-graphql';

import { Authorized, authorizedRule, publicRule, type Mails, type Route } from '../src/extend.js';
import type { AnyJobs } from '../src/auth/application/jobs.js';
import { ResponseError, startKit, type Kit } from './kit.js';
import {
  DeleteMyAccountDocument,
  MeDocument,
  RequestPasswordResetDocument,
  UsersDocument,
} from './support/generated/operations.js';

@Resolver()
class RoleResolver {
  @Query(() => String, { nullable: true, description: 'For the test.' })
  @Authorized('ADMIN')
  forAdministrators(): string {
    return 'visible';
  }
}

const done: unknown[] = [];
let isServiceDown = false;

const jobs: AnyJobs = {
  'first-step': {
    async run(payload, { db }) {
      done.push(payload);
      await db.$transaction((tx) => tx.enqueue('second-step' as never, null as never));
    },
  },
  'second-step': {
    run: () => {
      done.push('second step');
      return Promise.resolve();
    },
  },
  daily: {
    everySeconds: 24 * 60 * 60,
    run: () => {
      done.push('daily');
      return Promise.resolve();
    },
  },
  settle: {
    run: () => {
      done.push('settle');
      return isServiceDown ? Promise.reject(new Error('The payment service returned 503.')) : Promise.resolve();
    },
  },
};

const mails: Mails = {
  invitation: { en: { subject: 'Invitation', paragraphs: ['Join {project}.', '{link}'], link: 'Open' } },
};

const routes: readonly Route[] = [
  {
    method: 'GET',
    url: '/app/caller',
    rule: publicRule('For the test.'),
    handler: (_request, { caller }) => ({ status: 200, body: { kind: caller.kind } }),
  },
  { method: 'DELETE', url: '/app/caller', rule: authorizedRule('ADMIN'), handler: () => ({ status: 204 }) },
];

let kit: Kit;

beforeAll(async () => {
  kit = await startKit({ resolvers: [RoleResolver], jobs, mails, routes, env: { APP_URL: 'https://app.example.com' } });
});

beforeEach(async () => {
  await kit.idle();
  done.length = 0;
});

afterAll(() => kit.close());

/** The queue accepts names that only this test knows. */
const enqueue = (job: string, payload: unknown, afterSeconds = 0) =>
  kit.db.$transaction((tx) => tx.enqueue(job as never, payload as never, { afterSeconds }));

describe('a client of the kit', () => {
  it('is logged in as a user with the role that the test names', async () => {
    const admin = await kit.user({ role: 'ADMIN' });
    const { me } = await admin.client.send(MeDocument);
    expect(me).toMatchObject({ id: admin.id, email: admin.email, roles: ['ADMIN', 'USER'] });
  });

  it('throws the code and the message of an error, or returns the whole response', async () => {
    const { client } = await kit.user({ email: 'plain@example.com' });
    const error: unknown = await client.send(UsersDocument, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ResponseError);
    expect(error).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    expect(String(error)).toMatch(/^ResponseError: FORBIDDEN: You do not have permission/);
    expect(await kit.anonymous.response(MeDocument)).toMatchObject({ status: 401, data: undefined });
  });

  it('requests routes with its token', async () => {
    const { client } = await kit.user();
    expect(await (await client.request('/app/caller')).json()).toEqual({ kind: 'user' });
    expect(await (await kit.anonymous.request('/app/caller')).json()).toEqual({ kind: 'anonymous' });
    expect((await client.request('/app/caller', { method: 'DELETE' })).status).toBe(403);
  });

  it('is anonymous for a user without a verified address, who cannot log in', async () => {
    const { client } = await kit.user({ verified: false });
    expect((await client.response(MeDocument)).status).toBe(401);
  });
});

describe('the mails of the kit', () => {
  it('are those that were queued, with their links', async () => {
    const { id, email } = await kit.user();
    await kit.db.$transaction((tx) =>
      tx.mail.send({ userId: id }, 'invitation' as never, { project: 'Engine', link: '/projects/1' } as never),
    );
    const [mail, ...others] = await kit.mails.to(email);
    expect(mail).toMatchObject({ subject: 'Invitation', links: ['https://app.example.com/projects/1'] });
    expect(mail?.text).toContain('Join Engine.');
    expect(others).toEqual([]);
  });

  it('include those that a request for an email causes', async () => {
    const { email } = await kit.user();
    await kit.anonymous.send(RequestPasswordResetDocument, { input: { email } });
    expect(await kit.mails.to(email)).toHaveLength(1);
  });
});

describe('the jobs of the kit', () => {
  it('run with those that they enqueue, until none is due', async () => {
    await enqueue('first-step', { id: 1 });
    await enqueue('second-step', null, 3600);
    await kit.jobs.run();
    expect(done).toEqual([{ id: 1 }, 'second step']);
    await kit.shiftTime({ hours: 1 });
    await kit.jobs.run();
    expect(done).toEqual([{ id: 1 }, 'second step', 'second step']);
  });

  it('run when their period has passed', async () => {
    await kit.shiftTime({ days: 1 });
    await kit.idle();
    expect(done).toEqual(['daily']);
  });

  it('report a failure once, and run again when their delay has passed', async () => {
    isServiceDown = true;
    await enqueue('settle', null);
    await expect(kit.jobs.run()).rejects.toThrow('The job "settle" failed: The payment service returned 503.');
    isServiceDown = false;
    await kit.jobs.run();
    expect(done).toEqual(['settle']);
    await kit.shiftTime({ minutes: 1 });
    await kit.jobs.run();
    expect(done).toEqual(['settle', 'settle']);
  });
});

describe('shifted time', () => {
  it('is the time of the server: a client renews its tokens, until its session has ended', async () => {
    const { client } = await kit.user();
    await kit.shiftTime({ days: 1, minutes: 5 });
    expect((await client.response(MeDocument)).status).toBe(200);
    await kit.shiftTime({ days: 400 });
    expect((await client.response(MeDocument)).status).toBe(401);
  });

  it('reaches the erasure of an account', async () => {
    const { client, id, password } = await kit.user();
    await client.send(DeleteMyAccountDocument, { input: { password } });
    const { client: admin } = await kit.user({ role: 'ADMIN' });
    const count = async () =>
      (await admin.send(UsersDocument, {})).users?.nodes.filter((user) => user.id === id).length;
    expect(await count()).toBe(1);
    await kit.shiftTime({ days: 14, seconds: 1 });
    await kit.idle();
    expect(await count()).toBe(0);
  });
});
