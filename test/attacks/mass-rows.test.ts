import { setTimeout as delay } from 'node:timers/promises';

import { createPrincipalCache } from '../../src/auth/access/principal-cache.js';
import type { Listener, Subscription } from '../../src/store/database/notices.js';
import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import {
  ChangePasswordDocument,
  ExportMyDataDocument,
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  RevokeAllSessionsDocument,
} from '../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

/** Adds more sessions of a user than logins can create. */
const addSessions = (userId: string, count: number, ended: 'live' | 'revoked' = 'live') =>
  app.database.query(
    `INSERT INTO auth_session (id, user_id, client_id, amr, auth_time, created_at, idle_expires_at, expires_at, revoked_at, rotated_user_agent)
     SELECT gen_random_uuid(), $1::uuid, 'gatehouse', '{pwd}', now(), now() - interval '1 hour' - i * interval '1 second',
            now() + interval '30 days', now() + interval '90 days', $3::timestamptz, repeat('Mozilla/5.0 ', 20)
     FROM generate_series(1, $2::int) AS i`,
    [userId, count, ended === 'live' ? null : new Date().toISOString()],
  );

const addEvents = (userId: string, count: number) =>
  app.database.query(
    `INSERT INTO auth_security_event (id, type, actor_kind, subject_id, user_agent, created_at)
     SELECT gen_random_uuid(), 'LOGIN_FAILED', 'anonymous', $1::uuid, repeat('Mozilla/5.0 ', 20), now() - interval '1 day'
     FROM generate_series(1, $2::int)`,
    [userId, count],
  );

const eventsOf = async (userId: string) =>
  (await app.database.query(
    'SELECT type, actor_kind, session_id, detail FROM auth_security_event WHERE subject_id = $1 ORDER BY created_at, id',
    [userId],
  )) as { type: string; actor_kind: string; session_id: string | null; detail: unknown }[];

const liveCount = async (userId: string) =>
  (await app.database.query('SELECT 1 FROM auth_session WHERE user_id = $1 AND revoked_at IS NULL', [userId])).length;

const notify = (payload: string) => app.database.query(`SELECT pg_notify('principal_changed', $1)`, [payload]);

/** The notices that arrive while something is done, without the instances' own echoes. */
const noticesDuring = async (work: () => Promise<unknown>): Promise<string[]> => {
  const { principalNotices } = app.gatehouse.store;
  const notices: string[] = [];
  let subscription: Subscription | undefined;
  // Notices come in the order of their commits.
  await new Promise<void>((resolve, reject) => {
    const onNotice = (payload: string) => {
      if (payload === 'end of test') resolve();
      else if (!payload.startsWith('echo:')) notices.push(payload);
    };
    const run = async () => {
      subscription = await principalNotices.subscribe({ onNotice, onLost: () => undefined });
      await work();
      await notify('end of test');
    };
    run().catch(reject);
  });
  subscription?.end();
  return notices;
};

const accepts = async (accessToken: string) => (await app.send(MeDocument, {}, bearer(accessToken))).status === 200;

const untilRemembered = async (accessToken: string) => {
  for (;;) {
    await accepts(accessToken);
    const before = app.gatehouse.auth.principalReads();
    await accepts(accessToken);
    if (app.gatehouse.auth.principalReads() === before) return;
    await delay(20);
  }
};

const untilRead = async (accessToken: string) => {
  const before = app.gatehouse.auth.principalReads();
  while (app.gatehouse.auth.principalReads() === before) await accepts(accessToken);
};

describe('H8: 10,000 live sessions of one user', () => {
  it('are ended by a login, with one event and one notice', async () => {
    const user = await app.createUser();
    await addSessions(user.id, 10_000);
    const input = { email: user.email, password: PASSWORD };
    let answer: Awaited<ReturnType<typeof app.send<unknown, unknown>>> | undefined;
    const notices = await noticesDuring(async () => {
      answer = await app.send(LoginDocument, { input });
    });
    expect(answer?.data).toMatchObject({ login: { __typename: 'LoginSuccess' } });
    expect(notices).toEqual(['']);
    expect(await liveCount(user.id)).toBe(app.config.sessionsPerUser);
    const ended = (await eventsOf(user.id)).filter(({ type }) => type.startsWith('SESSION'));
    const count = 10_001 - app.config.sessionsPerUser;
    expect(ended).toEqual([
      {
        type: 'SESSIONS_REVOKED',
        actor_kind: 'system',
        session_id: null,
        detail: { count, cause: 'SESSIONS_PER_USER' },
      },
    ]);
  }, 60_000);

  it('are ended by revokeAllSessions and by changePassword, with one notice of their sessions', async () => {
    const user = await app.newcomer();
    await addSessions(user.id, 10_000);
    const headers = bearer(user.tokens.accessToken);
    expect(await noticesDuring(() => app.send(RevokeAllSessionsDocument, {}, headers))).toEqual(['']);
    expect(await liveCount(user.id)).toBe(0);

    const { accessToken } = await app.login(user);
    await addSessions(user.id, 10_000);
    const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
    const change = () => app.send(ChangePasswordDocument, { input }, bearer(accessToken));
    // The other notice tells of the password, and names the user.
    expect((await noticesDuring(change)).sort()).toEqual(['', user.id]);
    expect(await liveCount(user.id)).toBe(1);
  }, 60_000);
});

describe('a notice', () => {
  it('names the user whose few sessions a statement ends', async () => {
    const user = await app.newcomer();
    await addSessions(user.id, 3);
    const revoke = () => app.send(RevokeAllSessionsDocument, {}, bearer(user.tokens.accessToken));
    expect(await noticesDuring(revoke)).toEqual([user.id]);
  });

  it('names each user of a few sessions that are deleted by hand, and none of an ended session', async () => {
    const [one, two, over] = [await app.newcomer(), await app.newcomer(), await app.newcomer()];
    await app.database.query('UPDATE auth_session SET revoked_at = now() WHERE user_id = $1', [over.id]);
    const ids = [one.id, two.id, over.id];
    const remove = () => app.database.query('DELETE FROM auth_session WHERE user_id = ANY ($1)', [ids]);
    expect((await noticesDuring(remove)).sort()).toEqual([one.id, two.id].sort());
  });

  it('without a payload is sent when a table is emptied by hand', async () => {
    for (const table of ['auth_session', 'auth_user_role', 'auth_password_credential', '"user" CASCADE']) {
      expect(await noticesDuring(() => app.database.query(`TRUNCATE ${table}`))).toContain('');
    }
  });

  it('names the user of a session whose id changes', async () => {
    const { id, tokens } = await app.newcomer();
    const change = () =>
      app.database.query('UPDATE auth_session SET id = gen_random_uuid() WHERE id = $1', [tokens.session.id]);
    expect(await noticesDuring(change)).toContain(id);
  });

  it('is not sent when a session is refreshed or seen', async () => {
    const { tokens } = await app.newcomer();
    const use = async () => {
      await app.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
      await accepts(tokens.accessToken);
    };
    expect(await noticesDuring(use)).toEqual([]);
  });

  it('without a payload clears the principal cache of an instance', async () => {
    const [one, two] = [await app.newcomer(), await app.newcomer()];
    for (const { tokens } of [one, two]) await untilRemembered(tokens.accessToken);
    await notify('');
    for (const { tokens } of [one, two]) await untilRead(tokens.accessToken);
  });

  it('without a payload keeps a principal that is being read from being cached', async () => {
    const { tokens } = await app.newcomer();
    const { store } = app.gatehouse;
    let listener: Listener | undefined;
    let isEnding = false;
    const principals = createPrincipalCache({
      ...store,
      principalNotices: {
        ...store.principalNotices,
        subscribe: (actual) => {
          listener = actual;
          return store.principalNotices.subscribe(actual);
        },
      },
      sessions: {
        ...store.sessions,
        principal: async (sessionId) => {
          const row = await store.sessions.principal(sessionId);
          if (isEnding) listener?.onNotice('');
          return row;
        },
      },
    });
    const reads = async () => {
      const before = principals.reads();
      await principals.find(tokens.session.id);
      return principals.reads() - before;
    };
    while ((await reads()) > 0) await delay(20);
    listener?.onNotice('');

    isEnding = true;
    expect(await reads()).toBe(1);
    isEnding = false;
    expect(await reads()).toBe(1);
    principals.close();
  });
});

describe('H8: exportMyData', () => {
  const exported = async (accessToken: string) => {
    const { data, text } = await app.send(ExportMyDataDocument, { input: { password: PASSWORD } }, bearer(accessToken));
    if (data?.exportMyData.__typename !== 'ExportMyDataSuccess') throw new Error(text.slice(0, 1000));
    const { json } = data.exportMyData;
    const { omitted, ...lists } = JSON.parse(json) as { omitted?: unknown } & Record<string, { id: string }[]>;
    return { bytes: Buffer.byteLength(json), omitted, lists };
  };

  it('of 70,000 revoked sessions holds 1,000, the live one first, and says how many it leaves out', async () => {
    const user = await app.newcomer();
    await addSessions(user.id, 70_000, 'revoked');
    const { bytes, omitted, lists } = await exported(user.tokens.accessToken);
    expect(bytes).toBeLessThan(2 * 1024 * 1024);
    expect(lists['sessions']).toHaveLength(1000);
    expect(lists['sessions']?.[0]?.id).toBe(user.tokens.session.id);
    expect(omitted).toEqual({ sessions: 69_001 });
  }, 60_000);

  it('of 20,000 events holds what fits into 4 MiB, the newest first, and says how many it leaves out', async () => {
    const user = await app.newcomer();
    await addEvents(user.id, 20_000);
    const { bytes, omitted, lists } = await exported(user.tokens.accessToken);
    expect(bytes).toBeLessThan(4 * 1024 * 1024 + 10_000);
    const { length, [0]: newest } = lists['events'] ?? [];
    expect(newest).toMatchObject({ type: 'DATA_EXPORTED' });
    expect(length).toBeGreaterThan(5000);
    const stored = await eventsOf(user.id);
    expect(omitted).toEqual({ events: stored.length - length });
  }, 60_000);

  it('leaves nothing out of what an ordinary account holds', async () => {
    const user = await app.newcomer();
    expect((await exported(user.tokens.accessToken)).omitted).toBeUndefined();
  });
});
