import { randomBytes } from 'node:crypto';

import { pino } from 'pino';

import { createMailRequests, type MailRequest } from '../../../src/auth/email-links/mail-requests.js';
import { loadConfig } from '../../../src/config/config.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import { openCore, type Core } from '../../../src/server/core.js';
import { client } from '../../support/core.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let core: Core;

const config = loadConfig({ NODE_ENV: 'test', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1' });
const clock = () => new Date();

beforeAll(async () => {
  database = await createTestDatabase();
  const store = await database.open();
  core = await openCore(config, { store, log: pino({ level: 'silent' }), runJobs: false });
  const account = { email: 'known@example.com', password: 'a long enough passphrase', name: null };
  await core.auth.users.create({ ...account, roles: [], verified: true }, { kind: 'system' });
});

beforeEach(() => database.query('DELETE FROM auth_queue_entry'));

afterAll(async () => {
  await core.close();
  await database.drop();
});

const ask = (emailCanonical: string, encryptionKeys = config.encryptionKeys): Promise<void> => {
  const request: MailRequest = { kind: 'RESET_PASSWORD', emailCanonical };
  return createMailRequests({ store: core.store, clock, secretBox: createSecretBox(encryptionKeys) }).enqueue(
    request,
    client,
  );
};

/** A request that does not open, because it is sealed under a key that this instance does not have. */
const askUnreadably = () => ask('known@example.com', [{ id: 'other', key: randomBytes(32) }]);

const count = (topic: string) =>
  database.query('SELECT FROM auth_queue_entry WHERE topic = $1', [topic]).then(({ length }) => length);

const requests = () =>
  database.query(
    `SELECT attempts, last_failure AS failure, dead_at IS NOT NULL AS dead,
            dead_at IS NULL AND deliver_after - now() BETWEEN interval '50 seconds' AND interval '60 seconds' AS retried
     FROM auth_queue_entry WHERE topic = 'mail-request'`,
  );

describe('a mail request', () => {
  it('is the same row for every address, which names none', async () => {
    await ask('known@example.com');
    await ask('other@example.com');
    const rows = (await database.query('SELECT payload::text FROM auth_queue_entry')) as { payload: string }[];
    expect(JSON.stringify(rows)).not.toContain('example.com');
    expect(new Set(rows.map(({ payload }) => payload.length)).size).toBe(1);
  });

  it('leads to one email if the address has an account, to none otherwise, and to an event in both cases', async () => {
    await database.query('DELETE FROM auth_security_event');
    await ask('known@example.com');
    await ask('unknown@example.com');
    expect(await core.auth.processMailRequests()).toBe(2);
    expect(await count('mail-request')).toBe(0);
    expect(await count('mail')).toBe(1);
    const events = await database.query(`SELECT type FROM auth_security_event`);
    expect(events).toEqual([{ type: 'PASSWORD_RESET_REQUESTED' }, { type: 'PASSWORD_RESET_REQUESTED' }]);
  });

  it('is processed once by several instances', async () => {
    for (let index = 0; index < 20; index += 1) await ask(`unknown-${index}@example.com`);
    const answered = await Promise.all([core.auth.processMailRequests(), core.auth.processMailRequests()]);
    expect(answered.reduce((sum, number) => sum + number, 0)).toBe(20);
    expect(await count('mail-request')).toBe(0);
  });

  it('stays in the queue when the server stops', async () => {
    await ask('known@example.com');
    expect(await core.auth.processMailRequests(AbortSignal.abort())).toBe(0);
    expect(await requests()).toMatchObject([{ attempts: 0, failure: null }]);
  });
});

describe('a mail request that fails', () => {
  it('is retried after a minute, and does not delay other requests', async () => {
    await askUnreadably();
    await ask('known@example.com');
    await expect(core.auth.processMailRequests()).rejects.toThrow('1 requests for an email could not be processed.');
    expect(await count('mail')).toBe(1);
    expect(await requests()).toEqual([{ attempts: 1, failure: 'UNANSWERED', dead: false, retried: true }]);
    expect(await core.auth.processMailRequests()).toBe(0);
  });

  it('is dead after the sixtieth attempt', async () => {
    await askUnreadably();
    await database.query('UPDATE auth_queue_entry SET attempts = 58');
    await expect(core.auth.processMailRequests()).rejects.toThrow(AggregateError);
    expect(await requests()).toMatchObject([{ attempts: 59, dead: false }]);
    await database.query('UPDATE auth_queue_entry SET deliver_after = now()');
    await expect(core.auth.processMailRequests()).rejects.toThrow(AggregateError);
    expect(await requests()).toMatchObject([{ attempts: 60, failure: 'UNANSWERED', dead: true }]);
  });

  it('is reported with the first three errors', async () => {
    for (let index = 0; index < 4; index += 1) await askUnreadably();
    const error: unknown = await core.auth.processMailRequests().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: '4 requests for an email could not be processed.' });
    expect((error as AggregateError).errors).toHaveLength(3);
  });
});
