import pg from 'pg';

import { openStore, type Store } from '../../../src/store/store.js';
import type { UserFilter, UserPageQuery } from '../../../src/store/tables/user-pages.js';
import { uuidv7 } from '../../../src/values/uuid.js';
import { createEmptyPostgres, createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const noFilter: UserFilter = { search: null, role: null, disabled: null, emailVerified: null };

const pageOf = (term: string, rest: Partial<UserPageQuery> = {}, filter: Partial<UserFilter> = {}): UserPageQuery => ({
  filter: { ...noFilter, search: { address: term.toLowerCase(), name: term }, ...filter },
  range: { after: null, before: null },
  from: 'beginning',
  limit: 100,
  ...rest,
});

let created = 0;
const createUser = async (name: string | null, into = store) => {
  created += 1;
  const id = uuidv7(new Date());
  const email = `somebody-${created}@example.com`;
  const origin = 'ADMINISTRATOR';
  const user = { id, email, emailCanonical: email, isVerified: true, origin, name, locale: null, roles: [] } as const;
  await into.users.create({ ...user, passwordHash: null });
  return id;
};

const finds = async (term: string, id: string, from = store): Promise<boolean> =>
  (await from.userPages.list(pageOf(term))).some((user) => user.id === id);

/** Names, and terms in another case that find them. */
const spellings = [
  ['Émile Zola', 'émile z'],
  ['ärger', 'ÄRGER'],
  ['Žofie', 'žOF'],
  ['Андрей', 'АНДР'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
  ['Ingrid', 'INGRID'],
  ['İpek', 'ipek'],
  ['Straße', 'STRAß'],
  ['王小明', '王小'],
  ['Zoe\u0308', 'ZOË'],
] as const;

describe('a search for a name', () => {
  it.each(spellings)('finds %s by %s', async (name, term) => {
    const id = await createUser(name);
    expect(await finds(term, id)).toBe(true);
    expect(await finds(name, id)).toBe(true);
    expect(await finds(name.slice(1), id)).toBe(false);
  });

  it.each(['100%', 'under_score', 'back\\slash'])('takes %s literally', async (name) => {
    const [id, other] = [await createUser(name), await createUser(name.replace(/[%_\\]/, 'x'))];
    const found = (await store.userPages.list(pageOf(name))).map((user) => user.id);
    expect(found).toContain(id);
    expect(found).not.toContain(other);
  });

  it('finds a name that was written by the profile, a verification or an import', async () => {
    const id = await createUser(null);
    await store.users.updateProfile(id, { name: 'Écrit par le profil' });
    expect(await finds('éCRIT PAR', id)).toBe(true);
    await store.users.updateProfile(id, { name: null });
    expect(await finds('écrit par', id)).toBe(false);

    await database.query('UPDATE "user" SET email_verified_at = NULL WHERE id = $1', [id]);
    await store.users.verify(id, { name: 'Überprüft', locale: null });
    expect(await finds('ÜBERPRÜFT', id)).toBe(true);

    const imported = uuidv7(new Date());
    const address = { email: 'imported@example.com', emailCanonical: 'imported@example.com' };
    const state = { verified: true, disabled: false, createdAt: new Date(), roles: ['USER'] };
    await store.bulkUsers.add([
      { id: imported, ...address, ...state, name: 'Íñigo', locale: null, passwordHash: null },
    ]);
    expect(await finds('ÍÑI', imported)).toBe(true);
  });
});

describe('a search among more users than it reads in the order of the list', () => {
  /** The ids of matches, newest first; all of them are older than 2,500 other users. */
  let ids: string[];

  beforeAll(async () => {
    await database.query(
      `INSERT INTO "user" (id, email, email_canonical, origin, name)
       SELECT ('01000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@old.example', n || '@old.example', 'IMPORT'::auth_user_origin,
              CASE WHEN n % 2 = 0 THEN 'Vintage ' || n END
       FROM generate_series(1, 10) n
       UNION ALL
       SELECT ('02000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x' || n || '@new.example', 'x' || n || '@new.example',
              'IMPORT', NULL
       FROM generate_series(1, 2500) n`,
    );
    await database.query(
      `INSERT INTO auth_user_role (user_id, role) SELECT id, 'USER' FROM "user" ON CONFLICT DO NOTHING`,
    );
    await database.query('UPDATE "user" SET email_verified_at = NULL');
    ids = [10, 8, 6, 4, 2].map((n) => `01000000-0000-7000-8000-${String(n).padStart(12, '0')}`);
  });

  const found = async (query: UserPageQuery) => (await store.userPages.list(query)).map(({ id }) => ids.indexOf(id));

  it('finds old users, newest first', async () => {
    expect(await found(pageOf('vintage'))).toEqual([0, 1, 2, 3, 4]);
    expect(await found(pageOf('vintage', { limit: 2 }))).toEqual([0, 1]);
  });

  it('continues after a user, and before one', async () => {
    const after = { after: ids[1] ?? null, before: null };
    expect(await found(pageOf('vintage', { range: after }))).toEqual([2, 3, 4]);
    const before = { after: null, before: ids[3] ?? null };
    expect(await found(pageOf('vintage', { range: before, from: 'end', limit: 2 }))).toEqual([1, 2]);
    expect(await found(pageOf('vintage', { range: { ...before, includesCursors: true } }))).toEqual([0, 1, 2, 3]);
  });

  it('applies the other conditions', async () => {
    await database.query('UPDATE "user" SET disabled_at = now() WHERE id = $1', [ids[0]]);
    await database.query(`INSERT INTO auth_user_role (user_id, role) VALUES ($1, 'ADMIN')`, [ids[1]]);
    expect(await found(pageOf('vintage', {}, { disabled: false, role: 'USER', emailVerified: false }))).toEqual([
      1, 2, 3, 4,
    ]);
    expect(await found(pageOf('vintage', {}, { disabled: true }))).toEqual([0]);
    expect(await found(pageOf('vintage', {}, { role: 'ADMIN' }))).toEqual([1]);
    expect(await found(pageOf('vintage', {}, { emailVerified: true }))).toEqual([]);
  });

  it('returns a user once whose address and name match', async () => {
    await database.query(`UPDATE "user" SET email_canonical = 'vintage@old.example' WHERE id = $1`, [ids[2]]);
    expect(await found(pageOf('vintage'))).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a count', () => {
  it('ends at its limit', async () => {
    expect(await store.userPages.count(noFilter, 7)).toBe(7);
    expect(await store.userPages.count(pageOf('vintage').filter, 100)).toBe(5);
  });
});

if (postgresUrl !== undefined) {
  const serverUrl = postgresUrl;

  describe('in a database whose locale is C', () => {
    it('names are found in any case', async () => {
      const { url, drop } = await createEmptyPostgres(serverUrl);
      const name = new URL(url).pathname.slice(1);
      const server = new pg.Client(serverUrl);
      await server.connect();
      await server.query(`DROP DATABASE ${name}`);
      await server.query(`CREATE DATABASE ${name} TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'`);
      await server.end();
      const inC = await openStore({ databaseUrl: url, dataDir: 'unused', migrate: 'auto' });
      const missed: string[] = [];
      for (const [spelling, term] of spellings) {
        const id = await createUser(spelling, inC);
        if (!(await finds(term, id, inC))) missed.push(spelling);
      }
      await inC.close();
      await drop();
      expect(missed).toEqual([]);
    }, 60_000);
  });
}
