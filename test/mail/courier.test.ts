import { randomBytes, randomUUID } from 'node:crypto';

import { createCourier, createDelivery } from '../../src/mail/courier.js';
import type { Letter } from '../../src/mail/letter.js';
import { createMessages } from '../../src/mail/messages.js';
import type { Mail } from '../../src/mail/transport.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(() => database.query('DELETE FROM outbox'));

afterAll(async () => {
  await store.close();
  await database.drop();
});

const secretBox = createSecretBox([{ id: 'k', key: randomBytes(32) }]);
const letter: Letter = {
  to: 'ada@example.com',
  locale: null,
  message: { template: 'verify-email', token: 'the-token-of-the-link' },
};

const courier = createCourier(secretBox, () => undefined);

/** A delivery whose mail server does what `send` says. */
const deliveryBy = (send: (mail: Mail) => Promise<void>) => {
  const errors: unknown[] = [];
  const links: string[] = [];
  const deliver = createDelivery({
    store,
    secretBox,
    transport: { send, close: () => undefined },
    messages: createMessages({ appUrl: 'https://app.example.com', mailFrom: 'id@example.com' }),
    onError: (error) => errors.push(error),
    onLink: (link) => links.push(link),
  });
  return { deliver, errors, links };
};

describe('the outbox', () => {
  it('holds no token in the clear', async () => {
    await store.transaction((tx) => courier.post(tx, randomUUID(), letter));
    const rows = await database.query('SELECT payload::text FROM outbox');
    expect(JSON.stringify(rows)).not.toMatch(/the-token-of-the-link|ada@example\.com/);
  });

  it('is not written when the transaction that causes the mail fails', async () => {
    const failed = store.transaction(async (tx) => {
      await courier.post(tx, randomUUID(), letter);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await database.query('SELECT id FROM outbox')).toEqual([]);
  });
});

describe('a delivery', () => {
  it('delivers what is there, under the id of its row, and takes it out', async () => {
    const id = randomUUID();
    const sent: Mail[] = [];
    const { deliver, links } = deliveryBy((mail) => {
      sent.push(mail);
      return Promise.resolve();
    });
    await store.transaction((tx) => courier.post(tx, id, letter));
    expect(await deliver()).toBe(1);
    expect(sent.map((mail) => [mail.id, mail.to])).toEqual([[id, 'ada@example.com']]);
    expect(links).toEqual(['https://app.example.com/verify-email?token=the-token-of-the-link']);
    expect(await database.query('SELECT id FROM outbox')).toEqual([]);
  });

  it('keeps what the mail server refused, for later, and says so', async () => {
    const { deliver, errors } = deliveryBy(() => Promise.reject(new Error('try again')));
    await store.transaction((tx) => courier.post(tx, randomUUID(), letter));
    expect(await deliver()).toBe(0);
    expect(errors).toEqual([new Error('try again')]);
    expect(await database.query('SELECT attempts, deliver_after > now() AS later FROM outbox')).toEqual([
      { attempts: 1, later: true },
    ]);
  });
});
