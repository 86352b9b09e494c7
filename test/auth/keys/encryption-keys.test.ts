import { createEncryptionKeys } from '../../../src/auth/keys/encryption-keys.js';
import { createMailQueue } from '../../../src/mail/mail-queue.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import type { Store } from '../../../src/store/store.js';
import { uuidv7 } from '../../../src/values/uuid.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const OPERATOR = { kind: 'operator', name: 'root' } as const;
const key = (id: string) => ({ id, key: Buffer.alloc(32, id) });
const [OLD, NEW] = [key('old'), key('new')];

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
  const message = { template: 'reset-password', token: 'id.secret' } as const;
  const mailQueue = createMailQueue(createSecretBox([OLD]), () => undefined);
  await store.transaction((tx) =>
    mailQueue.enqueue(tx, uuidv7(new Date()), { to: 'ada@example.com', locale: null, message }),
  );
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const encryptionKeys = (...keys: readonly { id: string; key: Buffer }[]) =>
  createEncryptionKeys({ store, secretBox: createSecretBox(keys), clock: () => new Date() });

describe('the list of encryption keys', () => {
  it('has the configured keys in their order, with the rows that each one seals', async () => {
    expect(await encryptionKeys(NEW, OLD).list()).toEqual([
      { type: 'encryption-key', id: 'new', use: 'SEALS', position: 1, rows: {} },
      { type: 'encryption-key', id: 'old', use: 'OPENS', position: 2, rows: { mail: 1 } },
    ]);
  });

  it('has a missing key that rows need', async () => {
    expect(await encryptionKeys(NEW).list()).toEqual([
      { type: 'encryption-key', id: 'new', use: 'SEALS', position: 1, rows: {} },
      { type: 'encryption-key', id: 'old', use: 'MISSING', position: null, rows: { mail: 1 } },
    ]);
  });
});

describe('resealing', () => {
  it('seals every row under the first key, and names that key', async () => {
    expect(await encryptionKeys(NEW, OLD).reseal(OPERATOR)).toMatchObject({ key: 'new', resealed: { mail: 1 } });
    expect(await encryptionKeys(NEW).list()).toMatchObject([{ id: 'new', use: 'SEALS', rows: { mail: 1 } }]);
  });
});
