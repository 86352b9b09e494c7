import { createQueuedMail, type QueuedEntry } from '../../../src/auth/mail/queued-mail.js';
import { createMailQueue } from '../../../src/mail/mail-queue.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import type { Store } from '../../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { createTestChange } from '../../support/test-change.js';

let database: TestDatabase;
let store: Store;

const [DEAD, FAILED, NEW] = ['1', '2', '3'].map((n) => `01900000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const OPERATOR = { kind: 'operator', name: 'root' } as const;
const secretBox = createSecretBox([{ id: 'k', key: Buffer.alloc(32, 7) }]);

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

/** One dead letter, one that failed and waits, one that is new. */
beforeEach(async () => {
  await database.query('DELETE FROM auth_queue_entry');
  await database.query('DELETE FROM auth_security_event');
  const mailQueue = createMailQueue(secretBox, () => undefined);
  const message = { template: 'reset-password', token: 'id.the-secret-of-the-link' } as const;
  await store.transaction(async (tx) => {
    for (const id of [DEAD, FAILED, NEW])
      await mailQueue.enqueue(tx, id, { to: 'ada@example.com', locale: null, message });
  });
  await store.queueEntries.bury({ id: DEAD, attempts: 0 }, '550 5.1.1');
  await store.queueEntries.postpone({ id: FAILED, attempts: 0 }, 'ECONNREFUSED', 3600);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const queuedMail = (box = secretBox) => {
  return createQueuedMail({ change: createTestChange(store), store, secretBox: box });
};

const queued = (box = secretBox): Promise<QueuedEntry[]> => queuedMail(box).list(100, null);

describe('the list of queued mail', () => {
  it('has the kind and the state of each entry, the oldest first', async () => {
    expect(await queued()).toMatchObject([
      { id: DEAD, topic: 'mail', template: 'reset-password', lastFailure: '550 5.1.1', deliverAfter: null },
      { id: FAILED, lastFailure: 'ECONNREFUSED', deliverAfter: expect.any(Date) as Date, deadAt: null },
      { id: NEW, attempts: 0, lastFailure: null, deadAt: null },
    ]);
  });

  it('has neither the recipient nor a secret', async () => {
    expect(JSON.stringify(await queued())).not.toMatch(/ada@|the-secret|sealed/);
  });

  it('has only the topic of an entry that does not open, or that is not a mail', async () => {
    await database.query(`UPDATE auth_queue_entry SET topic = 'webhook' WHERE id = $1`, [NEW]);
    const other = createSecretBox([{ id: 'other', key: Buffer.alloc(32, 8) }]);
    expect((await queued(other)).map(({ topic, template }) => [topic, template])).toEqual([
      ['mail', null],
      ['mail', null],
      ['webhook', null],
    ]);
    expect((await queued()).at(-1)).toMatchObject({ topic: 'webhook', template: null });
  });

  it('is read page by page', async () => {
    await database.query(
      `INSERT INTO auth_queue_entry (id, topic, payload) SELECT gen_random_uuid(), 'mail', '{}' FROM generate_series(1, 7)`,
    );
    const ids: string[] = [];
    for (let after: string | null = null; ids.length < 10; after = ids.at(-1) ?? null) {
      const page = await queuedMail().list(4, after);
      expect(page).toHaveLength(Math.min(4, 10 - ids.length));
      ids.push(...page.map(({ id }) => id));
    }
    expect(new Set(ids).size).toBe(10);
    expect(await queuedMail().list(4, ids.at(-1) ?? null)).toEqual([]);
  });
});

describe('the retry of queued mail', () => {
  const events = () => database.query('SELECT type, actor_kind, operator, detail FROM auth_security_event ORDER BY id');
  const recorded = (detail: object) => ({ type: 'OUTBOX_RETRIED', actor_kind: 'operator', operator: 'root', detail });

  it('makes one failed entry due, and records it under the name of the operator', async () => {
    expect(await queuedMail().retry(DEAD, OPERATOR)).toBe(1);
    expect(await queued()).toMatchObject([
      { id: DEAD, attempts: 0, lastFailure: null, deadAt: null },
      { id: FAILED, lastFailure: 'ECONNREFUSED' },
      { id: NEW },
    ]);
    expect(await events()).toEqual([recorded({ count: 1, entry: DEAD })]);
  });

  it('makes every failed entry due, and does nothing when there is none', async () => {
    expect(await queuedMail().retry(null, OPERATOR)).toBe(2);
    expect(await queuedMail().retry(null, OPERATOR)).toBe(0);
    expect(await events()).toEqual([recorded({ count: 2 })]);
    expect((await queued()).map(({ lastFailure }) => lastFailure)).toEqual([null, null, null]);
  });

  it('leaves an entry alone that has not failed', async () => {
    expect(await queuedMail().retry(NEW, OPERATOR)).toBe(0);
    expect(await events()).toEqual([]);
  });
});
