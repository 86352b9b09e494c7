import { countSealedRows, resealRows } from '../../../src/auth/keys/sealed-rows.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import { sealPayload } from '../../../src/security/sealed-payload.js';
import type { TransactionRows, Store } from '../../../src/store/store.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';

const OLD = { id: 'old', key: Buffer.alloc(32, 1) };
const NEW = { id: 'new', key: Buffer.alloc(32, 2) };
const old = createSecretBox([OLD]);
const box = createSecretBox([NEW, OLD]);
const by = { actor: { kind: 'operator', name: 'ops' }, clock: () => new Date() } as const;

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(async () => {
  for (const table of ['auth_queue_entry', 'auth_security_event']) await database.query(`DELETE FROM ${table}`);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const idOf = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const addMail = async (n: number, under = old): Promise<string> => {
  const place = { topic: 'mail', id: idOf(n) };
  await store.queueEntries.add({ ...place, payload: sealPayload(under, place, { number: n }) });
  return place.id;
};

/** A store in which something happens right before each transaction of `resealRows`. */
const interrupted = (before: (number: number) => Promise<unknown>): Store => {
  let transactions = 0;
  return {
    ...store,
    transaction: async <T>(work: (tx: TransactionRows) => Promise<T>) => {
      transactions += 1;
      await before(transactions);
      return store.transaction(work);
    },
  };
};

const rows = () =>
  database.query(`SELECT id, split_part(payload ->> 'sealed', '.', 1) AS key FROM auth_queue_entry ORDER BY id`);
const events = () => database.query('SELECT type, operator, detail FROM auth_security_event ORDER BY id');

describe('resealing', () => {
  it('changes nothing of an entry but its sealed text, claimed or dead, and is recorded as an event', async () => {
    const [claimed, dead] = [await addMail(1), await addMail(2)];
    const [entry] = await store.queueEntries.claim('mail', 1, 90);
    await store.queueEntries.bury({ id: dead, attempts: 0 }, '550 5.1.1');
    const rest = `SELECT id, topic, attempts, deliver_after, last_failure, dead_at, created_at FROM auth_queue_entry ORDER BY id`;
    const before = await database.query(rest);
    const { resealed, unopened, late } = await resealRows(store, box, by);
    expect({ resealed, unopened, late }).toEqual({ resealed: { mail: 2 }, unopened: [], late: 0 });
    expect(await database.query(rest)).toEqual(before);
    expect(entry?.id).toBe(claimed);
    expect(await events()).toEqual([{ type: 'KEYS_RESEALED', operator: 'ops', detail: { key: 'new', mail: 2 } }]);
  });

  it('counts the jobs of an application as one kind', async () => {
    for (const [n, job] of ['settle-payment', 'send-reminder', 'send-reminder'].entries()) {
      const place = { topic: `app:${job}`, id: idOf(n) };
      await store.queueEntries.add({ ...place, payload: sealPayload(old, place, { payload: n }) });
    }
    expect(await countSealedRows(store)).toContainEqual({ kind: 'job', encryptionKey: 'old', count: 3 });
    expect((await resealRows(store, box, by)).resealed).toEqual({ job: 3 });
  });

  it('finds nothing the second time, and records nothing', async () => {
    await addMail(1);
    await resealRows(store, box, by);
    expect(await resealRows(store, box, by)).toMatchObject({ resealed: {}, late: 0, newestEntryAt: null });
    expect(await events()).toHaveLength(1);
  });

  it('leaves alone what was removed or sealed again since it was read', async () => {
    const [removed, sealedAgain] = [await addMail(1), await addMail(2)];
    await addMail(3);
    const third = createSecretBox([NEW]);
    const text = sealPayload(third, { topic: 'mail', id: sealedAgain }, { number: 22 }).sealed;
    const changing = interrupted(async (transaction) => {
      if (transaction > 1) return;
      await store.queueEntries.remove(removed);
      await database.query(
        `UPDATE auth_queue_entry SET payload = jsonb_build_object('sealed', $2::text) WHERE id = $1`,
        [sealedAgain, text],
      );
    });
    expect((await resealRows(changing, box, by)).resealed).toEqual({ mail: 1 });
    const [row] = await database.query('SELECT payload FROM auth_queue_entry WHERE id = $1', [sealedAgain]);
    expect(row).toEqual({ payload: { sealed: text } });
  });

  it('reports each row that does not open by its id, and goes on with the others', async () => {
    const [altered, moved, missing, malformed] = [await addMail(1), idOf(2), await addMail(3), await addMail(4)];
    await addMail(5);
    await database.query(
      `UPDATE auth_queue_entry SET payload = jsonb_build_object('sealed', overlay(payload ->> 'sealed' placing 'AAAA' from 30))
       WHERE id = $1`,
      [altered],
    );
    await database.query(
      `INSERT INTO auth_queue_entry (id, topic, payload) SELECT $1::uuid, topic, payload FROM auth_queue_entry WHERE id = $2::uuid`,
      [moved, idOf(5)],
    );
    const unknown = createSecretBox([{ id: 'lost', key: Buffer.alloc(32, 3) }]);
    await database.query(`UPDATE auth_queue_entry SET payload = jsonb_build_object('sealed', $2::text) WHERE id = $1`, [
      missing,
      sealPayload(unknown, { topic: 'mail', id: missing }, {}).sealed,
    ]);
    await database.query(
      `UPDATE auth_queue_entry SET payload = '{"sealed": "\\u001b[31m the-content"}' WHERE id = $1`,
      [malformed],
    );

    const { resealed, unopened } = await resealRows(store, box, by);
    expect(resealed).toEqual({ mail: 1 });
    expect(unopened.map(({ id }) => id)).toEqual([altered, moved, missing, malformed]);
    expect(unopened.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('was altered or moved'),
      expect.stringContaining('was altered or moved'),
      'Encryption key lost is not in ENCRYPTION_KEYS.',
      'The text is not a sealed secret.',
    ]);
    expect(await countSealedRows(store)).toEqual(
      expect.arrayContaining([{ kind: 'mail', encryptionKey: null, count: 1 }]),
    );
    expect(await resealRows(store, box, by)).toMatchObject({ resealed: {}, late: 0 });
  });

  it('is completed by the next run when it was interrupted, with every batch recorded', async () => {
    await database.query(
      `INSERT INTO auth_queue_entry (id, topic, payload) VALUES (gen_random_uuid(), 'webhook', '{}')`,
    );
    for (let n = 1; n <= 1100; n += 1) await addMail(n);
    const dying = interrupted((transaction) =>
      transaction === 2 ? Promise.reject(new Error('killed')) : Promise.resolve(),
    );
    await expect(resealRows(dying, box, by)).rejects.toThrow('killed');
    expect((await resealRows(store, box, by)).resealed).toEqual({ mail: 600 });
    expect((await events()).map((event) => (event as { detail: { mail: number } }).detail.mail)).toEqual([
      500, 500, 100,
    ]);
    expect(await countSealedRows(store)).toEqual([{ kind: 'mail', encryptionKey: 'new', count: 1100 }]);
  });

  it('reseals what an instance seals under another key in the meantime, and reports it', async () => {
    await addMail(2);
    const sealing = interrupted((transaction) => (transaction === 1 ? addMail(1) : Promise.resolve()));
    expect(await resealRows(sealing, box, by)).toMatchObject({ resealed: { mail: 2 }, late: 1 });
    expect((await rows()).map((row) => (row as { key: string }).key)).toEqual(['new', 'new']);
  });

  it('ends although an instance seals under another key all the time', async () => {
    await addMail(100);
    const sealing = interrupted((transaction) => addMail(100 - transaction));
    const { late } = await resealRows(sealing, box, by);
    expect(late).toBeGreaterThan(0);
    expect((await rows()).map((row) => (row as { key: string }).key)).toEqual(['old', 'new', 'new', 'new']);
  });

  it('writes nothing when the first key is not the one that sealed under its id', async () => {
    await addMail(1);
    await addMail(2, createSecretBox([NEW]));
    const mistaken = createSecretBox([{ id: 'new', key: Buffer.alloc(32, 9) }, OLD]);
    await expect(resealRows(store, mistaken, by)).rejects.toThrow(
      `Nothing was resealed, because mail ${idOf(2)} cannot be opened with the first key.`,
    );
    expect(await rows()).toEqual([
      { id: idOf(1), key: 'old' },
      { id: idOf(2), key: 'new' },
    ]);
  });
});

if (postgresUrl !== undefined) {
  describe('resealing beside others', () => {
    it('counts each row once, however many commands run at once, while entries are claimed, put off and removed', async () => {
      for (let n = 1; n <= 600; n += 1) await addMail(n);
      const worker = async () => {
        const opened: boolean[] = [];
        for (let round = 0; round < 40; round += 1) {
          for (const { id, attempts, payload } of await store.queueEntries.claim('mail', 5, 90)) {
            const { sealed } = payload as { sealed: string };
            opened.push(box.open(sealed, ['outbox', 'mail', id]).length > 0);
            if (attempts % 2 === 0) await store.queueEntries.remove(id);
            else await store.queueEntries.postpone({ id, attempts }, 'ECONNREFUSED', 0);
          }
        }
        return opened;
      };
      const commands = Array.from({ length: 4 }, () => resealRows(store, box, by));
      const opened = (await Promise.all([worker(), worker()])).flat();
      const results = await Promise.all(commands);
      expect(opened).not.toContain(false);
      expect(results.flatMap(({ unopened }) => unopened)).toEqual([]);
      expect(results.reduce((sum, { resealed }) => sum + (resealed['mail'] ?? 0), 0)).toBeLessThanOrEqual(600);
      expect(await countSealedRows(store)).toEqual([expect.objectContaining({ kind: 'mail', encryptionKey: 'new' })]);
      expect(await store.queueEntries.count()).toMatchObject({ dead: 0 });
    });
  });
}
