import { randomBytes, randomUUID } from 'node:crypto';

import type { EmailMessage } from '../../src/mail/email-message.js';
import { createMailQueue, openQueuedMail, removeDeadLetters } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import { inBatches } from '../../src/server/jobs.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(() => database.query('DELETE FROM auth_queue_entry'));

afterAll(async () => {
  await store.close();
  await database.drop();
});

const secretBox = createSecretBox([{ id: 'k', key: randomBytes(32) }]);
const message: EmailMessage = {
  to: 'ada@example.com',
  locale: null,
  message: { template: 'verify-email', token: 'the-token-of-the-link' },
};

const mailQueue = createMailQueue(secretBox, () => undefined);

const enqueue = async (): Promise<string> => {
  const id = randomUUID();
  await store.transaction((tx) => mailQueue.enqueue(tx, id, message));
  return id;
};

describe('the mail queue', () => {
  it('contains no token and no address in plain text', async () => {
    await enqueue();
    const rows = await database.query('SELECT payload::text FROM auth_queue_entry');
    expect(JSON.stringify(rows)).not.toMatch(/the-token-of-the-link|ada@example\.com/);
  });

  it('returns a message to an instance with the key', async () => {
    await enqueue();
    const [entry] = await store.queueEntries.claim('mail', 1, 60);
    if (!entry) throw new Error('nothing is queued');
    expect(openQueuedMail(secretBox, entry)).toEqual(message);
    const otherBox = createSecretBox([{ id: 'k', key: randomBytes(32) }]);
    expect(() => openQueuedMail(otherBox, entry)).toThrow();
  });

  it('does not contain an email whose transaction failed', async () => {
    const failed = store.transaction(async (tx) => {
      await mailQueue.enqueue(tx, randomUUID(), message);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await database.query('SELECT id FROM auth_queue_entry')).toEqual([]);
  });
});

describe('a dead letter', () => {
  it('is removed after thirty days', async () => {
    const [old, young] = [await enqueue(), await enqueue()];
    await database.query(`UPDATE auth_queue_entry SET dead_at = now() - interval '29 days', last_failure = '550'`);
    await database.query(`UPDATE auth_queue_entry SET dead_at = now() - interval '31 days' WHERE id = $1`, [old]);
    expect(await inBatches(store, 'expiry', [removeDeadLetters])()).toBe(1);
    expect(await database.query('SELECT id FROM auth_queue_entry')).toEqual([{ id: young }]);
  });
});
