import { createPrincipalCache } from '../../src/auth/access/principal-cache.js';
import { openStore, type Store } from '../../src/store/store.js';
import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import {
  ChangePasswordDocument,
  DisableUserDocument,
  LogoutDocument,
  MeDocument,
  RevokeAllSessionsDocument,
  SetUserRolesDocument,
  UsersDocument,
} from '../support/generated/operations.js';
import { untilMs } from '../support/patience.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

const accepts = async (app: TestApp, accessToken: string) =>
  (await app.send(MeDocument, {}, bearer(accessToken))).status === 200;

/** Waits until an instance answers from memory, which it does once it has heard its own echo. */
const untilRemembered = (app: TestApp, accessToken: string) =>
  untilMs(async () => {
    await accepts(app, accessToken);
    const before = app.gatehouse.auth.principalReads();
    await accepts(app, accessToken);
    return app.gatehouse.auth.principalReads() === before;
  });

describe('an instance that hears', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });

  afterAll(async () => {
    await app.close();
  });

  it('reads no row for a cached principal', async () => {
    const { tokens } = await app.newcomer();
    await untilRemembered(app, tokens.accessToken);
    const before = app.gatehouse.auth.principalReads();
    await Promise.all(Array.from({ length: 50 }, () => accepts(app, tokens.accessToken)));
    expect(app.gatehouse.auth.principalReads()).toBe(before);
  });

  it('rejects at once what it has revoked itself', async () => {
    const { tokens } = await app.newcomer();
    await untilRemembered(app, tokens.accessToken);
    await app.send(LogoutDocument, {}, bearer(tokens.accessToken));
    expect(await accepts(app, tokens.accessToken)).toBe(false);
  });

  it('covers manual changes in the database', async () => {
    const { tokens } = await app.newcomer();
    await untilRemembered(app, tokens.accessToken);
    await app.database.query('UPDATE auth_session SET revoked_at = now() WHERE id = $1', [tokens.session.id]);
    await untilMs(async () => !(await accepts(app, tokens.accessToken)));
  });

  it('B17: caches nothing that changed while it was being read', async () => {
    const { id, tokens } = await app.newcomer();
    const { store } = app.gatehouse;
    let isChanging = true;
    const racing: Store = {
      ...store,
      sessions: {
        ...store.sessions,
        principal: async (sessionId) => {
          const row = await store.sessions.principal(sessionId);
          if (isChanging) principals.forget(id);
          return row;
        },
      },
    };
    const principals = createPrincipalCache(racing);
    await untilMs(async () => {
      await principals.find(tokens.session.id);
      isChanging = false;
      const before = principals.reads();
      await principals.find(tokens.session.id);
      return principals.reads() === before;
    });
    principals.forget(id);

    isChanging = true;
    await principals.find(tokens.session.id);
    isChanging = false;
    const before = principals.reads();
    await principals.find(tokens.session.id);
    expect(principals.reads()).toBe(before + 1);
    principals.close();
  });
});

if (postgresUrl !== undefined) {
  describe('B7, B8: two instances over one PostgreSQL', () => {
    let one: TestApp;
    let two: TestApp;
    const delays: number[] = [];

    beforeAll(async () => {
      one = await startApp();
      two = await one.sibling();
    });

    afterAll(async () => {
      const sorted = delays.sort((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
      process.stdout.write(
        `refused elsewhere after ${median.toFixed(0)} ms (median), ${sorted.at(-1)?.toFixed(0)} ms (most)\n`,
      );
      await two.close();
      await one.close();
    });

    type Victim = Awaited<ReturnType<TestApp['newcomer']>>;

    const ways: [string, (victim: Victim, admin: Victim) => Promise<unknown>][] = [
      ['a logout', ({ tokens }) => one.send(LogoutDocument, {}, bearer(tokens.accessToken))],
      ['a revocation', ({ tokens }) => one.send(RevokeAllSessionsDocument, {}, bearer(tokens.accessToken))],
      [
        'a disablement',
        ({ id }, admin) => one.send(DisableUserDocument, { input: { userId: id } }, bearer(admin.tokens.accessToken)),
      ],
      [
        'a change of password',
        ({ tokens }) => {
          const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
          return one.send(ChangePasswordDocument, { input }, bearer(tokens.accessToken));
        },
      ],
      ['a bare UPDATE', ({ id }) => one.database.query('UPDATE "user" SET disabled_at = now() WHERE id = $1', [id])],
      ['a DELETE', ({ id }) => one.database.query('DELETE FROM "user" WHERE id = $1', [id])],
    ];

    it.each(ways)('reject on one instance what %s on the other has revoked', async (_way, takeAway) => {
      const admin = await one.newcomer('ADMIN');
      const victim = await one.newcomer();
      await untilRemembered(two, victim.tokens.accessToken);
      await takeAway(victim, admin);
      const took = await untilMs(async () => !(await accepts(two, victim.tokens.accessToken)));
      delays.push(took);
    });

    it('forbid on one instance what a demotion on the other has removed', async () => {
      const admin = await one.newcomer('ADMIN');
      const victim = await one.newcomer('ADMIN');
      await untilRemembered(two, victim.tokens.accessToken);
      const input = { userId: victim.id, roles: ['USER' as const] };
      await one.send(SetUserRolesDocument, { input }, bearer(admin.tokens.accessToken));
      const list = () => two.send(UsersDocument, {}, bearer(victim.tokens.accessToken));
      await untilMs(async () => (await list()).status === 403);
    });

    it('respond correctly while their listening connections are ended repeatedly', async () => {
      for (let round = 0; round < 3; round += 1) {
        const victim = await one.newcomer();
        await untilRemembered(two, victim.tokens.accessToken);
        await one.database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
        );
        await one.send(LogoutDocument, {}, bearer(victim.tokens.accessToken));
        await untilMs(async () => !(await accepts(two, victim.tokens.accessToken)));
      }
    });
  });

  describe('B18: an instance whose listening connection has become a black hole', () => {
    let one: TestApp;
    let deaf: TestApp;
    let proxy: TcpProxy;

    beforeAll(async () => {
      one = await startApp();
      const url = new URL(one.database.url ?? '');
      proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
      const direct = new URL(url);
      direct.host = `127.0.0.1:${proxy.port}`;
      const store = await openStore({
        databaseUrl: url.href,
        directUrl: direct.href,
        dataDir: 'unused',
        migrate: 'off',
      });
      deaf = await one.sibling({ store });
    });

    afterAll(async () => {
      await deaf.close();
      proxy.close();
      await one.close();
    });

    it('reads the row again without a notice, and never responds with an outdated state', async () => {
      const victim = await one.newcomer();
      await untilRemembered(deaf, victim.tokens.accessToken);
      proxy.blackHole();
      await one.send(LogoutDocument, {}, bearer(victim.tokens.accessToken));
      await untilMs(async () => !(await accepts(deaf, victim.tokens.accessToken)));
    });

    it('uses its cache again once a new connection receives notices', async () => {
      const victim = await one.newcomer();
      proxy.restore();
      await untilRemembered(deaf, victim.tokens.accessToken);
      await one.send(LogoutDocument, {}, bearer(victim.tokens.accessToken));
      await untilMs(async () => !(await accepts(deaf, victim.tokens.accessToken)));
    });
  });
}
