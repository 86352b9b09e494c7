import { userInfo } from 'node:os';

import { allWaiting, formatOutboxEntry, retryOutbox, type Waiting } from '../../src/commands/outbox.js';
import { createMailQueue } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let store: Store;

const [DEAD, FAILED, NEW] = ['1', '2', '3'].map((n) => `01900000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const encryptionKeys = [{ id: 'k', key: Buffer.alloc(32, 7) }];

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

/** One dead letter, one that failed and waits, one that is new. */
beforeEach(async () => {
  await database.query('DELETE FROM auth_queue_entry');
  await database.query('DELETE FROM auth_security_event');
  const courier = createMailQueue(createSecretBox(encryptionKeys), () => undefined);
  const message = { template: 'reset-password', token: 'id.the-secret-of-the-link' } as const;
  await store.transaction(async (tx) => {
    for (const id of [DEAD, FAILED, NEW])
      await courier.enqueue(tx, id, { to: 'ada@example.com', locale: null, message });
  });
  await store.queueEntries.bury({ id: DEAD, attempts: 0 }, '550 5.1.1');
  await store.queueEntries.postpone({ id: FAILED, attempts: 0 }, 'ECONNREFUSED', 3600);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const waiting = async (keys = encryptionKeys): Promise<Waiting[]> => {
  const found: Waiting[] = [];
  for await (const entry of allWaiting(store, { encryptionKeys: keys })) found.push(entry);
  return found;
};

describe('outbox list', () => {
  it('tells what each entry is and how it fares, the oldest first', async () => {
    expect(await waiting()).toMatchObject([
      { id: DEAD, topic: 'mail', template: 'reset-password', lastFailure: '550 5.1.1', deliverAfter: null },
      { id: FAILED, lastFailure: 'ECONNREFUSED', deliverAfter: expect.any(Date) as Date, deadAt: null },
      { id: NEW, attempts: 0, lastFailure: null, deadAt: null },
    ]);
  });

  it('tells neither to whom it goes nor what is secret in it', async () => {
    const entries = await waiting();
    expect(JSON.stringify(entries) + entries.map(formatOutboxEntry).join()).not.toMatch(/ada@|the-secret|sealed/);
  });

  it('has a line for each', async () => {
    const lines = (await waiting()).map(formatOutboxEntry);
    expect(lines[0]).toMatch(new RegExp(`^${DEAD}  reset-password +\\S+Z   0  550 5\\.1\\.1 +dead since \\S+Z$`));
    expect(lines[1]).toMatch(new RegExp(`^${FAILED}  reset-password +\\S+Z   0  ECONNREFUSED +due \\S+Z$`));
    expect(lines[2]).toMatch(new RegExp(`^${NEW}  reset-password +\\S+Z   0  - +due \\S+Z$`));
  });

  it('knows no more than the topic of what it cannot open, and of what is no mail', async () => {
    await database.query(`UPDATE auth_queue_entry SET topic = 'webhook' WHERE id = $1`, [NEW]);
    const other = [{ id: 'other', key: Buffer.alloc(32, 8) }];
    expect((await waiting(other)).map(({ topic, template }) => [topic, template])).toEqual([
      ['mail', null],
      ['mail', null],
      ['webhook', null],
    ]);
    expect((await waiting()).at(-1)).toMatchObject({ topic: 'webhook', template: null });
  });

  it('is whole, however long', async () => {
    await database.query(
      `INSERT INTO auth_queue_entry (id, topic, payload) SELECT gen_random_uuid(), 'mail', '{}' FROM generate_series(1, 250)`,
    );
    const ids = (await waiting()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(253);
  });
});

describe('outbox retry', () => {
  const events = () => database.query('SELECT type, actor_kind, operator, detail FROM auth_security_event ORDER BY id');
  const recorded = (detail: object) => ({
    type: 'OUTBOX_RETRIED',
    actor_kind: 'operator',
    operator: userInfo().username,
    detail,
  });

  it('has one entry tried again, on record under the operator’s name', async () => {
    expect(await retryOutbox(store, DEAD, false)).toBe('1 to be tried again.');
    expect(await waiting()).toMatchObject([
      { id: DEAD, attempts: 0, lastFailure: null, deadAt: null },
      { id: FAILED, lastFailure: 'ECONNREFUSED' },
      { id: NEW },
    ]);
    expect(await events()).toEqual([recorded({ count: 1, entry: DEAD })]);
  });

  it('has everything that failed tried again, and does nothing when nothing did', async () => {
    expect(await retryOutbox(store, undefined, true)).toBe('2 to be tried again.');
    expect(await retryOutbox(store, undefined, true)).toBe('Nothing has failed.');
    expect(await events()).toEqual([recorded({ count: 2 })]);
    expect((await waiting()).map(({ lastFailure }) => lastFailure)).toEqual([null, null, null]);
  });

  it('refuses what is not clear, and what has not failed', async () => {
    await expect(retryOutbox(store, undefined, false)).rejects.toThrow('Give either the id of an entry or --all.');
    await expect(retryOutbox(store, DEAD, true)).rejects.toThrow('Give either the id of an entry or --all.');
    await expect(retryOutbox(store, 'x', false)).rejects.toThrow('This is no id.');
    await expect(retryOutbox(store, NEW, false)).rejects.toThrow('There is no such entry, or it has not failed.');
    expect(await events()).toEqual([]);
  });
});
