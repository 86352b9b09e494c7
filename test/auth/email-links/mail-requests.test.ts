import { createMailRequests, openMailRequest, type MailRequest } from '../../../src/auth/email-links/mail-requests.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import type { Store } from '../../../src/store/store.js';
import type { QueueEntry } from '../../../src/store/tables/queue-entries.js';
import { client } from '../../support/core.js';

const NOW = new Date('2026-01-02T12:00:00Z');
const request: MailRequest = { kind: 'RESET_PASSWORD', emailCanonical: 'ada@example.com' };
const secretBox = createSecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]);

const createTable = () => {
  const entries: QueueEntry[] = [];
  const add = (entry: QueueEntry) => Promise.resolve(void entries.push(entry));
  return { entries, rows: { queueEntries: { add } } as unknown as Store };
};

const ask = async () => {
  const { entries, rows } = createTable();
  await createMailRequests({ store: rows, clock: () => NOW, secretBox }).enqueue(request, client);
  const [entry] = entries;
  if (!entry) throw new Error('nothing was queued');
  return entry;
};

describe('a mail request', () => {
  it('opens as it was sealed, with the client that made it', async () => {
    expect(openMailRequest(secretBox, await ask())).toEqual({ request, client });
  });

  it('does not open in another row or under another key', async () => {
    const entry = await ask();
    const otherBox = createSecretBox([{ id: 'test', key: Buffer.alloc(32, 8) }]);
    const moved = { ...entry, id: '01900000-0000-7000-8000-000000000001' };
    expect(() => openMailRequest(secretBox, moved)).toThrow();
    expect(() => openMailRequest(otherBox, entry)).toThrow();
  });

  it('is queued in the transaction that it is given', async () => {
    const [store, transaction] = [createTable(), createTable()];
    const requests = createMailRequests({ store: store.rows, clock: () => NOW, secretBox });
    await requests.enqueue(request, client, transaction.rows);
    expect([store.entries.length, transaction.entries.length]).toEqual([0, 1]);
  });
});
