import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';

import { loadConfig } from '../../src/config/config.js';
import { openCore } from '../../src/server/core.js';
import { bearer, PASSWORD, startApp, type LoginSuccess, type TestApp } from '../support/app.js';
import { createEmptyPostgres, postgresUrl } from '../support/database.js';
import {
  ChangePasswordDocument,
  DisableUserDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  RevokeAllSessionsDocument,
  SetUserRolesDocument,
  SignUpDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { tokenIn } from '../support/mailbox.js';
import { sendPatiently } from '../support/patience.js';
import { noProof } from '../support/core.js';

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const verify = async (app: TestApp, token: string, receipt: string) =>
  (await sendPatiently(app, VerifyEmailDocument, { input: { token, receipt } })).data?.verifyEmail.__typename;

const loginAnswer = async (app: TestApp, email: string, password: string) =>
  (await sendPatiently(app, LoginDocument, { input: { email, password } })).data?.login;

const isAccepted = async (app: TestApp, { accessToken }: { accessToken: string }) =>
  (await sendPatiently(app, MeDocument, {}, bearer(accessToken))).status === 200;

const liveSessions = (app: TestApp, userId: string) =>
  app.database.query('SELECT id FROM auth_session WHERE user_id = $1 AND revoked_at IS NULL', [userId]);

// GHSA-r3xq-68wh-gwvh
describe('a verification token that is used 100 times at once', () => {
  it('works once', async () => {
    const app = await startApp();
    const receipt = await app.signUp('once@example.com');
    const token = tokenIn(await app.mailbox.waitForLink('once@example.com'));
    const answers = await Promise.all(times(100, () => verify(app, token, receipt)));
    await app.close();
    expect(answers.filter((name) => name === 'VerifyEmailSuccess')).toHaveLength(1);
    expect(answers.filter((name) => name === 'InvalidTokenError')).toHaveLength(99);
  });
});

if (postgresUrl !== undefined) {
  const serverUrl = postgresUrl;

  describe('two instances over one PostgreSQL', () => {
    let one: TestApp;
    let two: TestApp;

    beforeAll(async () => {
      one = await startApp({ HASH_QUEUE: '1000' });
      two = await one.sibling();
    });

    afterAll(async () => {
      await two.close();
      await one.close();
    });

    const either = (index: number) => (index % 2 === 0 ? one : two);

    // GHSA-392p-2q2v-4372, Hydra 3604
    it.each([50, 1000])(
      'B2: answer %d parallel refreshes of one token with one successor, which works',
      async (count) => {
        const { tokens } = await one.newcomer();
        const input = { refreshToken: tokens.refreshToken ?? '' };
        const answers = await Promise.all(
          times(count, (index) => sendPatiently(either(index), RefreshSessionDocument, { input })),
        );
        expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);

        const successors = answers.flatMap(({ data }) =>
          data?.refreshSession.__typename === 'RefreshSessionSuccess' ? [data.refreshSession] : [],
        );
        expect(successors).toHaveLength(count);
        const [first, ...others] = new Set(successors.map(({ refreshToken }) => refreshToken));
        expect(others).toEqual([]);
        expect(
          await one.database.query('SELECT generation, revoked_at FROM auth_session WHERE id = $1', [
            tokens.session.id,
          ]),
        ).toEqual([{ generation: 2, revoked_at: null }]);
        for (const successor of [successors.at(0), successors.at(-1)]) {
          expect(await isAccepted(one, successor ?? tokens)).toBe(true);
          expect(await isAccepted(two, successor ?? tokens)).toBe(true);
        }
        const next = await sendPatiently(two, RefreshSessionDocument, { input: { refreshToken: first ?? '' } });
        expect(next.data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
      },
    );

    it('leave no session of the old password alive after it was changed', async () => {
      for (let round = 0; round < 10; round += 1) {
        const user = await one.newcomer();
        const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
        const [changed, ...logins] = await Promise.all([
          sendPatiently(two, ChangePasswordDocument, { input }, bearer(user.tokens.accessToken)),
          ...times(8, (index) => loginAnswer(either(index), user.email, PASSWORD)),
        ]);
        if (changed.data?.changePassword.__typename !== 'ChangePasswordSuccess') throw new Error(changed.text);
        const names = logins.map((login) => login?.__typename);
        expect(names.filter((name) => name !== 'LoginSuccess' && name !== 'InvalidCredentialsError')).toEqual([]);

        const { session } = changed.data.changePassword;
        expect(await liveSessions(one, user.id)).toEqual([{ id: session.id }]);
        const begun = logins.filter((login): login is LoginSuccess => login?.__typename === 'LoginSuccess');
        for (const tokens of begun) {
          expect(await isAccepted(one, tokens)).toBe(false);
          expect(await isAccepted(two, tokens)).toBe(false);
        }
      }
    });

    it('leave no session alive of a user who is disabled while logging in', async () => {
      const admin = await one.newcomer('ADMIN');
      for (let round = 0; round < 10; round += 1) {
        const user = await one.newcomer();
        const [disabled, ...logins] = await Promise.all([
          sendPatiently(two, DisableUserDocument, { input: { userId: user.id } }, bearer(admin.tokens.accessToken)),
          ...times(8, (index) => loginAnswer(either(index), user.email, PASSWORD)),
        ]);
        expect(disabled.data?.disableUser.__typename).toBe('DisableUserSuccess');
        expect(await liveSessions(one, user.id)).toEqual([]);
        const begun = logins.filter((login): login is LoginSuccess => login?.__typename === 'LoginSuccess');
        for (const tokens of [user.tokens, ...begun]) {
          expect(await isAccepted(one, tokens)).toBe(false);
          expect(await isAccepted(two, tokens)).toBe(false);
        }
      }
    });

    it('end the sessions of a user who is being disabled, without a deadlock', async () => {
      const admin = await one.newcomer('ADMIN');
      for (let round = 0; round < 10; round += 1) {
        const user = await one.newcomer();
        const [disabled] = await Promise.all([
          sendPatiently(two, DisableUserDocument, { input: { userId: user.id } }, bearer(admin.tokens.accessToken)),
          ...times(4, (index) =>
            sendPatiently(either(index), RevokeAllSessionsDocument, {}, bearer(user.tokens.accessToken)),
          ),
        ]);
        expect(disabled.data?.disableUser.__typename).toBe('DisableUserSuccess');
        expect(await liveSessions(one, user.id)).toEqual([]);
      }
    });

    it('leave nothing usable of a session that is logged out while it is refreshed', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { tokens } = await one.newcomer();
        const input = { refreshToken: tokens.refreshToken ?? '' };
        const [, ...answers] = await Promise.all([
          sendPatiently(one, LogoutDocument, { input }),
          ...times(4, (index) => sendPatiently(either(index), RefreshSessionDocument, { input })),
        ]);
        const issued = answers.flatMap(({ data }) =>
          data?.refreshSession.__typename === 'RefreshSessionSuccess' ? [data.refreshSession] : [],
        );
        for (const successor of [tokens, ...issued]) {
          expect(await isAccepted(two, successor)).toBe(false);
          const { data } = await sendPatiently(two, RefreshSessionDocument, {
            input: { refreshToken: successor.refreshToken ?? '' },
          });
          expect(data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
        }
      }
    });

    // ASVS 6.4.6
    it('keep exactly one of two administrators who demote each other, twenty times', async () => {
      await one.database.query(`DELETE FROM auth_user_role WHERE role = 'ADMIN'`);
      const [ada, bob] = [await one.newcomer('ADMIN'), await one.newcomer('ADMIN')];
      const demote = (app: TestApp, userId: string, { tokens }: typeof ada) =>
        sendPatiently(app, SetUserRolesDocument, { input: { userId, roles: ['USER'] } }, bearer(tokens.accessToken));
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.all([demote(one, bob.id, ada), demote(two, ada.id, bob)]);
        expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
        const left = (await one.database.query(`SELECT user_id FROM auth_user_role WHERE role = 'ADMIN'`)) as {
          user_id: string;
        }[];
        expect(left).toHaveLength(1);
        const loser = left[0]?.user_id === ada.id ? bob : ada;
        await one.gatehouse.auth.users.grantRole(loser.id, 'ADMIN', { kind: 'system' });
      }
    });

    it('keep exactly one of two administrators who disable each other, ten times', async () => {
      await one.database.query(`DELETE FROM auth_user_role WHERE role = 'ADMIN'`);
      for (let round = 0; round < 10; round += 1) {
        const [ada, bob] = [await one.newcomer('ADMIN'), await one.newcomer('ADMIN')];
        const answers = await Promise.all([
          sendPatiently(one, DisableUserDocument, { input: { userId: bob.id } }, bearer(ada.tokens.accessToken)),
          sendPatiently(two, DisableUserDocument, { input: { userId: ada.id } }, bearer(bob.tokens.accessToken)),
        ]);
        expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
        const disabled = await one.database.query(
          'SELECT id FROM "user" WHERE id IN ($1, $2) AND disabled_at IS NOT NULL',
          [ada.id, bob.id],
        );
        expect(disabled).toHaveLength(1);
        await one.database.query(`DELETE FROM auth_user_role WHERE role = 'ADMIN'`);
      }
    });

    it('let a verification token work once, of 100 uses on both', async () => {
      const receipt = await one.signUp('shared@example.com');
      const token = tokenIn(await one.mailbox.waitForLink('shared@example.com'));
      const answers = await Promise.all(times(100, (index) => verify(either(index), token, receipt)));
      expect(answers.filter((name) => name === 'VerifyEmailSuccess')).toHaveLength(1);
      expect(answers.filter((name) => name === 'InvalidTokenError')).toHaveLength(99);
    });

    it('let exactly one of two sign-ups for an address win, when both are verified at once', async () => {
      for (let round = 0; round < 10; round += 1) {
        const email = `contested-${round}@example.com`;
        const passwords = ['the first of two passwords', 'the second of two passwords'];
        const receipts = await Promise.all(passwords.map((password, index) => either(index).signUp(email, password)));
        await one.mailbox.waitFor(email, 2);
        const tokens = (await one.mailbox.to(email)).map(tokenIn);
        const mine = await Promise.all(receipts.map((receipt) => tokenOf(tokens, receipt)));

        const names = await Promise.all(
          receipts.map((receipt, index) => verify(either(index), mine[index] ?? '', receipt)),
        );
        expect([...names].sort()).toEqual(['InvalidTokenError', 'VerifyEmailSuccess']);
        const logins = await Promise.all(passwords.map((password) => loginAnswer(one, email, password)));
        expect(logins.map((login) => login?.__typename)).toEqual(
          names.map((name) => (name === 'VerifyEmailSuccess' ? 'LoginSuccess' : 'InvalidCredentialsError')),
        );
      }
    });

    // A deadlock is broken after a second, in which both connections serve nobody else.
    it('have caused no deadlock', async () => {
      // What a connection has counted is there once it has ended.
      await Promise.all([one.gatehouse.store.close(), two.gatehouse.store.close()]);
      expect(
        await one.database.query(
          'SELECT deadlocks::int AS deadlocks FROM pg_stat_database WHERE datname = current_database()',
        ),
      ).toEqual([{ deadlocks: 0 }]);
    });

    /** Mails come in any order: of some tokens, the one that belongs to a receipt. */
    const tokenOf = async (tokens: readonly string[], receipt: string) => {
      const digest = createHash('sha256').update(Buffer.from(receipt, 'base64url')).digest();
      const rows = (await one.database.query(
        'SELECT t.id FROM auth_one_time_token t JOIN auth_sign_up s ON s.id = t.sign_up_id WHERE s.receipt_digest = $1',
        [digest],
      )) as { id: string }[];
      const name = Buffer.from(rows[0]?.id.replaceAll('-', '') ?? '', 'hex').toString('base64url');
      return tokens.find((token) => token.startsWith(`${name}.`));
    };
  });

  describe('sign-ups for one new address at the same moment, where unverified addresses may log in', () => {
    it('all return the same, and create one account', async () => {
      const app = await startApp({ REQUIRE_VERIFIED_EMAIL: 'false' });
      const input = { email: 'simultaneous@example.com', password: PASSWORD };
      const answers = await Promise.all(times(10, () => sendPatiently(app, SignUpDocument, { input })));
      const accounts = await app.database.query(`SELECT 1 FROM "user" WHERE email_canonical = $1`, [input.email]);
      await app.close();
      expect(accounts).toHaveLength(1);
      expect(answers.map(({ data, errors }) => data?.signUp.__typename ?? errors[0]?.extensions.code)).toEqual(
        times(10, () => 'SignUpSuccess'),
      );
    });
  });

  describe('A17: ten instances that start at once on an empty PostgreSQL', () => {
    it('make one signing key pair and one refresh key, and accept each other’s tokens', async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-'));
      const { url, drop } = await createEmptyPostgres(serverUrl);
      const config = loadConfig({
        NODE_ENV: 'test',
        DATABASE_URL: url,
        DATA_DIR: dataDir,
        ARGON2_MEMORY_KIB: '1024',
        ARGON2_PASSES: '1',
      });
      const instances = await Promise.all(times(10, () => openCore(config, { log: pino({ level: 'silent' }) })));
      try {
        const [first, ...others] = instances;
        if (!first) throw new Error('none has started');
        expect(first.auth.jwks().keys).toHaveLength(1);
        for (const { auth } of others) expect(auth.jwks()).toEqual(first.auth.jwks());
        expect(
          await Promise.all(
            (['ACCESS_TOKEN', 'REFRESH_TOKEN'] as const).map((purpose) => first.store.signingKeys.list(purpose)),
          ),
        ).toMatchObject([[{ algorithm: 'ES256' }], [{ algorithm: 'HS256' }]]);

        const client = { network: null, ranges: null, userAgent: null, language: null, requestId: 'none' };
        const account = { email: 'ada@example.com', password: PASSWORD, name: null, roles: [], verified: true };
        await first.auth.users.create(account, { kind: 'system' });
        const tokens = await first.auth.login.withPassword(account, client, noProof);
        if ('failure' in tokens) throw new Error(tokens.failure);
        for (const { auth } of others) {
          expect(await auth.authenticate([`Bearer ${tokens.accessToken}`])).toMatchObject({ kind: 'user' });
          expect(await auth.refresh(tokens.refreshToken, client)).toHaveProperty('refreshToken');
        }
      } finally {
        await Promise.all(instances.map((instance) => instance.close()));
        await drop();
        await rm(dataDir, { recursive: true, force: true });
      }
    });
  });
}
