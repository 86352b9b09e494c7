import { randomBytes, randomUUID } from 'node:crypto';

import { createMailQueue } from '../../src/mail/mail-queue.js';
import type { EmailMessage } from '../../src/mail/email-message.js';
import { createSecretBox } from '../../src/security/secret-box.js';
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
const letter: EmailMessage = {
  to: 'ada@example.com',
  locale: null,
  message: { template: 'verify-email', token: 'the-token-of-the-link' },
};

const courier = createMailQueue(secretBox, () => undefined);

describe('the outbox', () => {
  it('holds no token in the clear', async () => {
    await store.transaction((tx) => courier.enqueue(tx, randomUUID(), letter));
    const rows = await database.query('SELECT payload::text FROM auth_queue_entry');
    expect(JSON.stringify(rows)).not.toMatch(/the-token-of-the-link|ada@example\.com/);
  });

  it('is not written when the transaction that causes the mail fails', async () => {
    const failed = store.transaction(async (tx) => {
      await courier.enqueue(tx, randomUUID(), letter);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await database.query('SELECT id FROM auth_queue_entry')).toEqual([]);
  });
});
