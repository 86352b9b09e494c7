import { setTimeout as delay } from 'node:timers/promises';

import { openStore, type Store } from '../../src/store/store.js';
import { bearer, startApp, type Answer, type TestApp, type TestUser } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import { LoginDocument, MeDocument, SignUpDocument } from '../support/generated/operations.js';
import { canStartCluster, startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

/** More than the pool has connections. */
const IN_FLIGHT = 20;
/** Without deadlines of our own it would be never; `npm run faults -- --only network` holds the server to its seconds. */
const LIMIT_MS = 60_000;

/** A database that can be made to say nothing, and an app over it. */
interface Outage {
  readonly app: TestApp;
  readonly begin: () => void;
  readonly end: () => void;
}

const isReady = async ({ url }: TestApp): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;

const untilMs = async (isDone: () => Promise<boolean>, limitMs: number): Promise<number> => {
  const startedAt = performance.now();
  while (!(await isDone())) {
    if (performance.now() - startedAt > limitMs) break;
    await delay(20);
  }
  return Math.round(performance.now() - startedAt);
};

interface Timed {
  readonly tookMs: number;
  readonly answer: Answer<unknown>;
}

const timed = async (ask: Promise<Answer<unknown>>): Promise<Timed> => {
  const startedAt = performance.now();
  const answer = await ask;
  return { answer, tookMs: Math.round(performance.now() - startedAt) };
};

const login = ({ send }: TestApp, { email, password }: TestUser) => send(LoginDocument, { input: { email, password } });

/** Logins and bearers in turn. */
const wave = (app: TestApp, user: TestUser, accessToken: string): Promise<Timed[]> =>
  Promise.all(
    Array.from({ length: IN_FLIGHT }, (_, index) =>
      timed(index % 2 === 0 ? login(app, user) : app.send(MeDocument, {}, bearer(accessToken))),
    ),
  );

const codesOf = (timings: readonly Timed[]): Set<string> =>
  new Set(timings.map(({ answer: { status, errors } }) => `${status} ${errors[0]?.extensions.code ?? 'OK'}`));

const slowest = (timings: readonly Timed[]): number => Math.max(...timings.map(({ tookMs }) => tookMs));

/** What an outage does to requests during it and after it, twice: the second time the pool has been through one. */
const itSurvives = (outage: () => Outage): void => {
  for (const round of ['once', 'once more'])
    it(`is noticed by readyz, answers SERVICE_UNAVAILABLE alone, and is over by itself, ${round}`, async () => {
      const { app, begin, end } = outage();
      const user = await app.newcomer();
      const inFlight = Array.from({ length: IN_FLIGHT }, () => timed(login(app, user)));
      begin();
      const noticed = await untilMs(async () => !(await isReady(app)), LIMIT_MS);
      expect(await isReady(app)).toBe(false);

      const caught = await Promise.all(inFlight);
      // The connections from before are gone; these ask for new ones.
      const during = await wave(app, user, user.tokens.accessToken);
      const lastOnes = wave(app, user, user.tokens.accessToken);
      await delay(500);
      end();
      const recovered = await untilMs(() => isReady(app), LIMIT_MS);
      const served = await untilMs(async () => (await login(app, user)).status === 200, LIMIT_MS);
      await lastOnes;

      const all = [...caught, ...during];
      expect(noticed).toBeLessThan(LIMIT_MS);
      expect(codesOf(during)).toEqual(new Set(['503 SERVICE_UNAVAILABLE']));
      for (const code of codesOf([...caught, ...(await lastOnes)]))
        expect(['200 OK', '503 SERVICE_UNAVAILABLE']).toContain(code);
      expect(caught.some(({ answer }) => answer.text.includes('INVALID_CREDENTIALS'))).toBe(false);
      expect(slowest(all)).toBeLessThan(LIMIT_MS);
      expect(recovered).toBeLessThan(LIMIT_MS);
      expect(served).toBeLessThan(LIMIT_MS);
      expect(codesOf(await wave(app, user, user.tokens.accessToken))).toEqual(new Set(['200 OK']));
    });
};

if (postgresUrl === undefined) {
  it('can occur only with PostgreSQL, because the embedded database has no network', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  describe('H5, G2: a network that drops every packet', () => {
    let one: TestApp;
    let proxy: TcpProxy;
    let app: TestApp;
    let store: Store;

    beforeAll(async () => {
      one = await startApp();
      const url = new URL(one.database.url ?? '');
      proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
      url.host = `127.0.0.1:${proxy.port}`;
      store = await openStore({ databaseUrl: url.href, dataDir: 'unused', migrate: 'off' });
      app = await one.sibling({ store });
    });

    afterAll(async () => {
      proxy.close();
      await one.close();
    });

    itSurvives(() => ({ app, begin: () => proxy.blackHole(), end: () => proxy.restore() }));

    it('returns SERVICE_UNAVAILABLE for a COMMIT whose response is lost, never a success or a rejection', async () => {
      await app.idle();
      const email = 'commit@example.com';
      proxy.loseAnswerTo('COMMIT');
      const { answer, tookMs } = await timed(
        app.send(SignUpDocument, { input: { email, password: 'correct horse battery staple' } }),
      );
      // It may have been the COMMIT of a job; the request was then served.
      if (answer.status !== 200) expect(codesOf([{ answer, tookMs }])).toEqual(new Set(['503 SERVICE_UNAVAILABLE']));
      const user = await app.newcomer();
      expect(codesOf(await wave(app, user, user.tokens.accessToken))).toEqual(new Set(['200 OK']));
    });

    it('does not keep a server from closing', async () => {
      const user = await app.newcomer();
      const inFlight = Promise.allSettled(Array.from({ length: IN_FLIGHT }, () => login(app, user)));
      proxy.blackHole();
      await untilMs(async () => !(await isReady(app)), LIMIT_MS);
      await app.close();
      await inFlight;
    });
  });

  if (canStartCluster) {
    describe('H5: a PostgreSQL that is stopped by SIGSTOP', () => {
      let cluster: PostgresCluster;
      let app: TestApp;

      beforeAll(async () => {
        cluster = await startPostgresCluster();
        const store = await openStore({ databaseUrl: cluster.url, dataDir: 'unused', migrate: 'auto' });
        app = await startApp({}, { store });
      }, 120_000);

      afterAll(async () => {
        await app.close();
        await cluster.close();
      });

      itSurvives(() => ({ app, begin: () => cluster.freeze(), end: () => cluster.thaw() }));
    });
  }
}
