import { catalogQuery, type CatalogObject } from '../../../src/store/database/catalog.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`CREATE TYPE mood AS ENUM ('good', 'bad')`);
  await database.query(
    `CREATE TABLE note (id int PRIMARY KEY, text text NOT NULL DEFAULT '', mood mood CHECK (mood <> 'bad'),
                        parent int CONSTRAINT by_hand REFERENCES note (id))`,
  );
  await database.query('ALTER TABLE note ADD CONSTRAINT note_parent_fkey FOREIGN KEY (parent) REFERENCES note (id)');
  await database.query('CREATE INDEX note_text ON note (text)');
  await database.query(`CREATE INDEX note_partial ON note (text) WHERE id > 1`);
  await database.query('CREATE INDEX note_lower ON note (lower(text))');
  await database.query('CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$');
  await database.query('CREATE TRIGGER note_same BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION same()');
});

afterAll(() => database.drop());

const find = async (name: string) =>
  ((await database.query(catalogQuery)) as CatalogObject[]).find((object) => object.name === name);

describe('the catalog', () => {
  it.each([
    ['column note.text', "text NOT NULL ''::text"],
    ['enum mood', 'good, bad'],
    ['constraint note.note_pkey', 'PRIMARY KEY (id)'],
    ['constraint note.note_parent_fkey', 'FOREIGN KEY (parent) REFERENCES note(id)'],
    ['index note_text', '(text)'],
  ])('lists %s, which Prisma compares', async (name, source) => {
    const object = await find(name);
    expect(object?.seen).toBe(true);
    expect(object?.source).toContain(source);
  });

  it.each([
    ['constraint note.note_mood_check', 'CHECK'],
    ['constraint note.by_hand', 'FOREIGN KEY'],
    ['index note_partial', 'WHERE (id > 1)'],
    ['index note_lower', 'lower(text)'],
    ['trigger note.note_same', 'BEFORE INSERT'],
    ['function same()', 'RETURN NEW'],
  ])('lists %s, which Prisma ignores', async (name, source) => {
    const object = await find(name);
    expect(object?.seen).toBe(false);
    expect(object?.source).toContain(source);
  });

  it('omits the records of migrations and the parts of constraints', async () => {
    const names = ((await database.query(catalogQuery)) as CatalogObject[]).map(({ name }) => name);
    expect(names.filter((name) => name.includes('_prisma_migrations') || name.includes('RI_'))).toEqual([]);
  });
});
