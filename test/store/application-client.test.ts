import pg from 'pg';

import type { ApplicationModels } from '../../src/store/application-client.js';
import { openTransaction } from '../../src/store/database/open-transaction.js';
import { StoreConflict } from '../../src/store/errors.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';
import { newUser } from '../support/new-user.js';
import { untilMs } from '../support/patience.js';

let database: TestDatabase;
let store: Store;
let models: ApplicationModels;

let users = 0;
const nextUser = () => newUser((users += 1));

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
  models = modelsUntil(new AbortController().signal);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const modelsUntil = (signal: AbortSignal) => store.applicationModels((error) => error, signal);

/** Creates a user with our client, and returns its id. */
const createUser = async (): Promise<string> => (await store.users.create(nextUser())).id;

/** Runs work of the application in a transaction of ours. */
const inTransaction = <T>(work: (tx: ApplicationModels) => Promise<T>, signal?: AbortSignal): Promise<T> =>
  store.transaction((rows) => rows.application.join(work, signal));

const never = () => new Promise<never>(() => undefined);

describe('the models of an application', () => {
  it('show of a user what an application may read, and no other column', async () => {
    const id = await createUser();
    const user = await models.user.findUniqueOrThrow({ where: { id } });
    expect(Object.keys(user).sort()).toEqual(
      [
        'createdAt',
        'disabledAt',
        'email',
        'emailVerifiedAt',
        'eraseAfter',
        'id',
        'lastLoginAt',
        'locale',
        'name',
      ].sort(),
    );
  });

  it.each([
    ['a password', { include: { passwordCredential: true } }],
    ['the sessions', { select: { sessions: true } }],
    ['the canonical address', { where: { emailCanonical: { startsWith: 'a' } } }],
    ['the hash, by a condition', { where: { passwordCredential: { hash: { startsWith: '$' } } } }],
    ['the order of a hidden column', { orderBy: { nameFolded: 'asc' } }],
  ])('do not know %s', async (_what, query) => {
    await expect(models.user.findMany(query as never)).rejects.toThrow(/Unknown (field|argument)/);
  });

  it.each<[what: string, write: (user: Record<string, (query: unknown) => Promise<unknown>>, id: string) => unknown]>([
    ['rename', (user, id) => user['update']?.({ where: { id }, data: { name: 'Mallory' } })],
    ['rename many', (user) => user['updateMany']?.({ data: { name: 'Mallory' } })],
    ['rename and return', (user) => user['updateManyAndReturn']?.({ data: { email: 'mallory@example.com' } })],
    ['enable', (user, id) => user['update']?.({ where: { id }, data: { disabledAt: null } })],
    ['create', (user, id) => user['create']?.({ data: { id, email: 'mallory@example.com' } })],
    ['create many', (user, id) => user['createMany']?.({ data: [{ id, email: 'mallory@example.com' }] })],
    [
      'upsert',
      (user, id) => user['upsert']?.({ where: { id }, create: { id, email: 'm' }, update: { name: 'Mallory' } }),
    ],
    ['delete', (user, id) => user['delete']?.({ where: { id } })],
    ['delete many', (user) => user['deleteMany']?.({})],
  ])('cannot %s a user, in or outside a transaction', async (_what, write) => {
    const id = await createUser();
    const before = await database.query('SELECT * FROM "user" WHERE id = $1', [id]);
    await expect(Promise.resolve(write(models.user as never, id))).rejects.toMatchObject({
      name: 'ForbiddenStatement',
    });
    await expect(inTransaction((tx) => Promise.resolve(write(tx.user as never, id)))).rejects.toMatchObject({
      name: 'ForbiddenStatement',
    });
    expect(await database.query('SELECT * FROM "user" WHERE id = $1', [id])).toEqual(before);
  });

  it('lead from nowhere to the client or to SQL', async () => {
    const statement = models.user.findFirst();
    const reached = [models, models.user, statement].flatMap((object) => [
      ...Object.getOwnPropertyNames(object),
      ...Object.getOwnPropertyNames(Object.getPrototypeOf(object)),
    ]);
    expect(reached.filter((name) => /^[$_](?!_)|raw|parent|transaction|extends/i.test(name))).toEqual([]);
    expect(Object.isFrozen(models) && Object.isFrozen(models.user) && Object.isFrozen(statement)).toBe(true);
    await statement;
  });

  it('do nothing any more once their request has ended', async () => {
    const ended = AbortSignal.abort(new Error('ended'));
    await expect(modelsUntil(ended).user.count()).rejects.toThrow('ended');
  });
});

describe('a transaction of the application', () => {
  it('sees what ours has written before, and others do not', async () => {
    const user = nextUser();
    const found = await store.transaction(async (rows) => {
      await rows.users.create(user);
      return rows.application.join((tx) => tx.user.findUnique({ where: { id: user.id } }));
    });
    expect(found).toMatchObject({ id: user.id });
  });

  it('rolls back what ours has written when it rejects', async () => {
    const user = nextUser();
    const rejected = store.transaction(async (rows) => {
      await rows.users.create(user);
      await rows.application.join(() => Promise.reject(new Error('stop')));
    });
    await expect(rejected).rejects.toThrow('stop');
    expect(await models.user.count({ where: { id: user.id } })).toBe(0);
  });

  it('rejects with the error of a statement that its work has caught, because nothing of it is committed', async () => {
    const user = nextUser();
    const swallowed = store.transaction(async (rows) => {
      await rows.users.create(user);
      await rows.application.join((tx) => tx.user.findUnique({ where: { id: 'not a UUID' } }).catch(() => undefined));
    });
    await expect(swallowed).rejects.toThrow();
    expect(await models.user.count({ where: { id: user.id } })).toBe(0);
  });

  it('refuses the models outside it at once, also a statement that was written before and is awaited inside', async () => {
    const written = models.user.count();
    await expect(inTransaction(() => models.user.count())).rejects.toThrow('use its `tx`');
    await expect(inTransaction(async () => written)).rejects.toThrow('use its `tx`');
  });

  it('ends when its signal is aborted, though its work never returns, and its models do nothing any more', async () => {
    let kept: ApplicationModels | undefined;
    const stop = new AbortController();
    const hanging = inTransaction(async (tx) => {
      kept = tx;
      await tx.user.count();
      stop.abort(new Error('out of time'));
      return never();
    }, stop.signal);
    await expect(hanging).rejects.toThrow('out of time');
    await expect(kept?.user.count()).rejects.toThrow('out of time');
    expect(await models.user.count()).toBeGreaterThan(0);
  });

  it('rejects when its work ends before a statement of it, so that no half of it is committed unnoticed', async () => {
    const user = nextUser();
    const early = store.transaction(async (rows) => {
      await rows.users.create(user);
      await rows.application.join((tx) => {
        tx.user.count().catch(() => undefined);
        return Promise.resolve();
      });
    });
    await expect(early).rejects.toThrow('an `await` is missing');
    expect(await models.user.count({ where: { id: user.id } })).toBe(0);
  });

  it('rejects when a write of it has failed, although its work has caught the error', async () => {
    const missing = nextUser().id;
    const caught = inTransaction((tx) =>
      tx.user.update({ where: { id: missing }, data: {} }).then(
        () => 'written',
        () => 'caught',
      ),
    );
    await expect(caught).rejects.toThrow();
  });

  it('executes no statement on its connection once it has ended, which another request may have by then', async () => {
    const kept = await store.transaction(async (rows) => {
      await rows.users.any();
      return { open: openTransaction() };
    });
    const statement = { sql: 'SELECT 1', args: [], argTypes: [] };
    await expect(kept.open?.queryRaw(statement)).rejects.toThrow('its transaction had ended');
    await expect(kept.open?.executeRaw(statement)).rejects.toThrow('its transaction had ended');
  });

  it('cannot be used after it has ended', async () => {
    const kept = await inTransaction(async (tx) => {
      await tx.user.count();
      return { tx };
    });
    await expect(kept.tx.user.count()).rejects.toThrow('an `await` is missing');
  });

  it('reports the unique constraint that one of ours violates as before', async () => {
    const user = nextUser();
    await store.users.create(user);
    const taken = store.transaction(async (rows) => {
      await rows.application.join((tx) => tx.user.count());
      await rows.users.create({ ...nextUser(), emailCanonical: user.emailCanonical });
    });
    await expect(taken).rejects.toBeInstanceOf(StoreConflict);
  });

  it('shares the connections with 199 others, and all of them commit', async () => {
    const ids = await Promise.all(
      Array.from({ length: 200 }, () =>
        store.transaction(async (rows) => {
          const { id } = await rows.users.create(nextUser());
          return rows.application.join(async (tx) => (await tx.user.findUniqueOrThrow({ where: { id } })).id);
        }),
      ),
    );
    expect(await models.user.count({ where: { id: { in: ids } } })).toBe(200);
  });
});

if (postgresUrl !== undefined)
  describe('statements of the application outside transactions', () => {
    it('cannot take all connections from our flows', async () => {
      const locking = new pg.Client(database.url);
      await locking.connect();
      await locking.query('BEGIN; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
      const counts = Array.from({ length: 15 }, () => models.user.count());
      const settled = Promise.allSettled(counts);
      await untilMs(() => Promise.resolve((store.poolState()?.waiting ?? 0) > 0));
      expect(await store.readTime()).toBeInstanceOf(Date);
      await locking.query('COMMIT');
      await locking.end();
      expect((await settled).filter(({ status }) => status === 'rejected')).toEqual([]);
    });
  });
