import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEncryptionKeys } from '../../../src/auth/keys/encryption-keys.js';
import { describeReseal } from '../../../src/commands/keys.js';
import { loadConfig, type Config } from '../../../src/config/config.js';
import { createGatehouse } from '../../../src/server/gatehouse.js';
import { createLog } from '../../../src/server/log.js';
import { createMailQueue } from '../../../src/mail/mail-queue.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import { uuidv7 } from '../../../src/values/uuid.js';
import type { Store } from '../../../src/store/store.js';
import { bearer, PASSWORD, runApp, unlimited, type TestApp } from '../../support/app.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import {
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
} from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';

const OLD = `old:${randomBytes(32).toString('base64url')}`;
const NEW = `new:${randomBytes(32).toString('base64url')}`;
const NEW_PASSWORD = 'an entirely different one';

let dataDir: string;
let database: TestDatabase;
let store: Store;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-rotation-'));
  database = await createTestDatabase();
  store = await database.open();
});

afterEach(async () => {
  await store.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const configured = (...keys: readonly string[]): Config => ({
  ...loadConfig({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
    LOG_LEVEL: 'info',
    ENCRYPTION_KEYS: keys.join(','),
    ...unlimited,
  }),
  port: 0,
});

const encryptionKeys = (...keys: readonly string[]) =>
  createEncryptionKeys({
    store,
    secretBox: createSecretBox(configured(...keys).encryptionKeys),
    clock: () => new Date(),
  });

const reseal = async (...keys: readonly string[]) =>
  describeReseal(await encryptionKeys(...keys).reseal({ kind: 'operator', name: 'root' }));

/** An instance that leaves the outbox alone. */
const idle = (...keys: readonly string[]) => runApp(configured(...keys), database, { runJobs: false });

const post = async (key: string, to: string): Promise<string> => {
  const id = uuidv7(new Date());
  const mailQueue = createMailQueue(createSecretBox(configured(key).encryptionKeys), () => undefined);
  const message = { template: 'reset-password', token: 'id.secret' } as const;
  await store.transaction((tx) => mailQueue.enqueue(tx, id, { to, locale: null, message }));
  return id;
};

const me = async (app: TestApp, accessToken: string) => (await app.send(MeDocument, {}, bearer(accessToken))).data?.me;

const refresh = async (app: TestApp, refreshToken: string | null | undefined) => {
  const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken: refreshToken ?? '' } });
  if (data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error(JSON.stringify(data));
  return data.refreshSession.refreshToken;
};

const startFails = async (...keys: readonly string[]): Promise<string> => {
  const config = configured(...keys);
  const log = createLog(config, { write: () => undefined });
  const started = await createGatehouse(config, { log, store: await database.open(), runJobs: false }).catch(
    (error: unknown) => error as Error,
  );
  if (started instanceof Error) return `${started.name}: ${started.message}`;
  await started.close();
  return 'it started';
};

describe('a rotation of ENCRYPTION_KEYS', () => {
  it('keeps sessions, emails, requests for an email and dead letters in all three roll-outs', async () => {
    const one = await idle(OLD);
    const user = await one.newcomer();
    const { accessToken } = user.tokens;
    let { refreshToken } = user.tokens;
    await post(OLD, 'waiting@example.com');
    const dead = await post(OLD, 'dead@example.com');
    await store.queueEntries.bury({ id: dead, attempts: 0 }, '550 5.1.1');
    await one.send(RequestPasswordResetDocument, { input: { email: user.email } });

    const two = await idle(OLD, NEW);
    refreshToken = await refresh(two, refreshToken);
    refreshToken = await refresh(one, refreshToken);
    await one.close();

    const three = await idle(NEW, OLD);
    refreshToken = await refresh(three, refreshToken);
    refreshToken = await refresh(two, refreshToken);
    await two.close();
    expect(await startFails(NEW)).toBe(
      'UnusableKeys: ENCRYPTION_KEYS lacks a key that stored rows need. Key old is missing, and it seals 1 access token key, ' +
        '2 mails, 1 mail request, 1 refresh token key. Add the key to the end of ENCRYPTION_KEYS, start again, and run `keys reseal`. ' +
        'Remove the key when `keys list` shows no rows that need it.',
    );

    const { lines, complete } = await reseal(NEW, OLD);
    expect(complete).toBe(true);
    expect(lines[0]).toBe('Resealed under key new: 1 access token key, 2 mails, 1 mail request, 1 refresh token key.');
    refreshToken = await refresh(three, refreshToken);
    expect(await me(three, accessToken)).toMatchObject({ email: user.email });

    const four = await runApp(configured(NEW), database, {});
    expect(await me(four, accessToken)).toMatchObject({ email: user.email });
    refreshToken = await refresh(four, refreshToken);
    await refresh(three, refreshToken);
    await three.close();
    await four.mailbox.waitFor('waiting@example.com');
    const token = tokenIn(await four.mailbox.waitFor(user.email));
    const reset = await four.send(ResetPasswordDocument, { input: { token, newPassword: NEW_PASSWORD } });
    await four.gatehouse.auth.queuedMail.retry(dead, { kind: 'operator', name: 'root' });
    await four.mailbox.waitFor('dead@example.com');
    await four.close();
    expect(reset.data?.resetPassword.__typename).toBe('ResetPasswordSuccess');
  });

  it('has instances of both orders open what the other one seals', async () => {
    const before = await idle(OLD, NEW);
    const after = await idle(NEW, OLD);
    const [ada, bob] = [
      await before.createUser({ email: 'ada@example.com' }),
      await after.createUser({ email: 'bob@example.com' }),
    ];
    const ask = (app: TestApp, email: string) => app.send(RequestPasswordResetDocument, { input: { email } });

    await ask(before, ada.email);
    expect(await after.gatehouse.auth.processMailRequests()).toBe(1);
    await ask(after, bob.email);
    expect(await before.gatehouse.auth.processMailRequests()).toBe(1);
    expect((await encryptionKeys(NEW, OLD).list()).map(({ id, rows }) => [id, rows])).toEqual([
      ['new', { mail: 1 }],
      ['old', { 'access-token-key': 1, 'refresh-token-key': 1, mail: 1 }],
    ]);
    await before.close();
    await after.close();
  });

  it('delivers each mail once while its row is resealed, whichever instance has claimed it', async () => {
    const sent: string[] = [];
    const app = await runApp(configured(NEW, OLD), database, { onSent: ({ to }) => sent.push(to) });
    const posted = Array.from({ length: 100 }, (_, n) => post(OLD, `reader-${n}@example.com`));
    for (let run = 0; run < 5; run += 1) await reseal(NEW, OLD);
    await Promise.all(posted);
    await app.idle();
    const troubles = app.log.filter((line) => /not delivered|given up|failed/.test(line));
    await app.close();
    expect({ sent: sent.length, troubles }).toEqual({ sent: 100, troubles: [] });
  });
});

describe('ENCRYPTION_KEYS that lack a key', () => {
  beforeEach(async () => {
    await (await idle(NEW)).close();
  });

  it.each([
    ['a mail', '1 mail', () => post(OLD, 'a@example.com')],
    [
      'a dead letter',
      '1 mail',
      async () => {
        await store.queueEntries.bury({ id: await post(OLD, 'a@example.com'), attempts: 0 }, '550 5.1.1');
      },
    ],
    [
      'a request for mail',
      '1 mail request',
      async () => {
        const app = await idle(OLD, NEW);
        await app.send(RequestPasswordResetDocument, { input: { email: 'a@example.com' } });
        await app.close();
      },
    ],
    [
      'a signing key of another algorithm',
      '1 access token key',
      async () => {
        await (
          await runApp({ ...configured(OLD, NEW), signingAlgorithm: 'RS256' }, database, { runJobs: false })
        ).close();
      },
    ],
  ])('are refused while %s needs it', async (_, words, make: () => Promise<unknown>) => {
    await make();
    expect(await startFails(NEW)).toContain(`Key old is missing, and it seals ${words}.`);
    await reseal(NEW, OLD);
    expect(await startFails(NEW)).toBe('it started');
  });

  it('are not refused for a row that is not sealed at all', async () => {
    await database.query(
      `INSERT INTO auth_queue_entry (id, topic, payload) VALUES (gen_random_uuid(), 'webhook', '{}')`,
    );
    expect(await startFails(NEW)).toBe('it started');
  });

  it('are refused before a signing key is made under them', async () => {
    await startFails(OLD);
    const config: Config = { ...configured(OLD), signingAlgorithm: 'RS256' };
    const other = await database.open();
    const log = createLog(config, { write: () => undefined });
    await expect(createGatehouse(config, { log, store: other, runJobs: false })).rejects.toThrow('Key new is missing');
    expect(await database.query(`SELECT 1 FROM auth_signing_key WHERE algorithm = 'RS256'`)).toEqual([]);
  });
});

describe('ENCRYPTION_KEYS with a mistake', () => {
  it('are refused when an id has other bytes than before', async () => {
    await (await idle(OLD)).close();
    const other = `old:${randomBytes(32).toString('base64url')}`;
    expect(await startFails(other)).toMatch(
      /^UnusableKeys: The signing key .* cannot be opened\. .*or ENCRYPTION_KEYS has another key under that id\./,
    );
    await expect(reseal(other)).rejects.toThrow('Nothing was resealed');
    expect((await reseal(NEW, other)).complete).toBe(false);
    expect(await startFails(OLD)).toBe('it started');
  });

  it('in the old order change nothing for sessions, and reseal back', async () => {
    const one = await idle(OLD, NEW);
    const user = await one.newcomer();
    await reseal(NEW, OLD);
    const { lines } = await reseal(OLD, NEW);
    expect(lines).toEqual(['Resealed under key old: 1 access token key, 1 refresh token key.']);
    const two = await idle(OLD);
    await refresh(two, user.tokens.refreshToken);
    const { data } = await two.send(LoginDocument, { input: { email: user.email, password: PASSWORD } });
    await one.close();
    await two.close();
    expect(data?.login.__typename).toBe('LoginSuccess');
  });

  it('whose ids begin alike, or contain a wildcard of LIKE, are told apart', async () => {
    const bytes = () => randomBytes(32).toString('base64url');
    const [short, long, under, over] = [`a:${bytes()}`, `a1:${bytes()}`, `k_1:${bytes()}`, `kx1:${bytes()}`] as const;
    await (await idle(long, over)).close();
    expect(await startFails(short, over)).toContain('Key a1 is missing');
    expect((await reseal(short, long)).lines[0]).toContain('1 access token key, 1 refresh token key');
    expect((await reseal(over, short)).complete).toBe(true);
    expect((await reseal(under, over)).lines[0]).toContain('under key k_1: 1 access token key');
    expect(await startFails(under)).toBe('it started');
  });
});
