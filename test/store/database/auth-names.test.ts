import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { catalogQuery, type CatalogObject } from '../../../src/store/database/catalog.js';
import { applyPendingMigrations, migrationsFolder } from '../../../src/store/database/migrations.js';
import type { EmailMessage } from '../../../src/mail/email-message.js';
import { sealPayload } from '../../../src/security/sealed-payload.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import { STAND_IN_FUNCTION } from '../../../src/store/database/stand-ins.js';
import { translateStoreError } from '../../../src/store/errors.js';
import { bearer, runApp, startApp, type TestApp } from '../../support/app.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';
import { MeDocument, RefreshSessionDocument } from '../../support/generated/operations.js';
import { copyRows, createPreviousDatabase, renamedTables, upgradeMigrations } from '../../support/previous-release.js';

const TIMEOUT_MS = 120_000;
const MAILED = 'mailed-after-the-upgrade@example.com';
const STOP = 'This database was upgraded by a newer release of Gatehouse: stop this instance.';

/** An identifier of a row, the same in every run. */
const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** What the previous release may have stored beside what the flows of this one write. */
const storeOldRows = async ({ query }: TestDatabase, userId: string): Promise<void> => {
  await query(
    `INSERT INTO known_device (user_id, device, first_seen_at, last_seen_at)
     VALUES ($1, '', '2026-01-01', '2026-02-01'), ($1, 'Firefox on Linux', '2026-01-01', '2026-03-01')`,
    [userId],
  );
  await query(
    `INSERT INTO outbox (id, topic, payload, attempts, last_failure, dead_at, deliver_after)
     VALUES ('${id(1)}', 'mail', '{}', 56, '550 5.1.1', '2026-11-01', '9999-01-01')`,
  );
  await query(
    `INSERT INTO spent_limit (key, spent, expires_at) VALUES ('MAIL:digest', 7, now() + interval '10 minutes')`,
  );
  await query(
    `INSERT INTO sign_up (id, email, email_canonical, password_hash, receipt_digest)
     VALUES ('${id(2)}', 'Bob@example.com', 'bob@example.com', '$argon2id$…', decode(repeat('01', 32), 'hex'))`,
  );
  await query(
    `INSERT INTO one_time_token (id, purpose, digest, email_canonical, new_email, user_id, sign_up_id, expires_at, consumed_at)
     SELECT row.id::uuid, row.purpose::"OneTimeTokenPurpose", decode(repeat('02', 32), 'hex'), 'bob@example.com', new_email,
            CASE WHEN has_user THEN $1::uuid END, CASE WHEN has_sign_up THEN '${id(2)}'::uuid END, now() + interval '1 hour',
            CASE WHEN row.id = '${id(14)}' THEN now() END
     FROM (VALUES ('${id(10)}', 'VERIFY_EMAIL', NULL, false, true), ('${id(11)}', 'VERIFY_EMAIL', NULL, true, true),
                  ('${id(12)}', 'VERIFY_EMAIL', NULL, true, false), ('${id(13)}', 'RESET_PASSWORD', NULL, true, false),
                  ('${id(14)}', 'CHANGE_EMAIL', 'New@example.com', true, false)
          ) AS row(id, purpose, new_email, has_user, has_sign_up)`,
    [userId],
  );
  await query(
    `INSERT INTO security_event (id, type, actor_kind, actor_id, operator, subject_id, network)
     VALUES ('${id(20)}', 'LOGIN_FAILED', 'anonymous', NULL, NULL, $1, '203.0.113.0/24'),
            ('${id(21)}', 'PROFILE_UPDATED', 'user', $1, NULL, $1, NULL),
            ('${id(22)}', 'PROFILE_UPDATED', 'user', NULL, NULL, NULL, NULL),
            ('${id(23)}', 'OUTBOX_RETRIED', 'operator', NULL, 'root', NULL, NULL),
            ('${id(24)}', 'USER_ERASED', 'system', NULL, NULL, NULL, NULL)`,
    [userId],
  );
};

/** A migration of the application. */
const OWN = '29990101000000_own';

/** Creates a folder of every migration, in which some are added or replaced. It is removed after the tests. */
const createFolder = (scripts: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-names-'));
  folders.push(folder);
  cpSync(migrationsFolder, folder, { recursive: true });
  for (const [name, sql] of Object.entries(scripts)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  }
  return folder;
};

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const migrateDatabase = async (database: TestDatabase, folder = migrationsFolder): Promise<string[]> => {
  const connection = await database.connect();
  try {
    return await applyPendingMigrations(connection, { migrate: 'auto' }, folder);
  } finally {
    await connection.close();
  }
};

const countsOf = async ({ query }: TestDatabase, names: readonly string[]): Promise<number[]> =>
  Promise.all(
    names.map(async (name) => {
      const [row] = (await query(`SELECT count(*)::int AS count FROM "${name}"`)) as { count: number }[];
      return row?.count ?? -1;
    }),
  );

/** The tables and enums of the application, whose names are its own. */
const applicationNames = Array.from(
  readFileSync(new URL('../../../prisma/schema/app.prisma', import.meta.url), 'utf8').matchAll(
    /^(?:model|enum) (\w+) \{$(?:(?!^\}$)[^])*?(?:^ *@@map\("(\w+)"\)\n)?^\}$/gm,
  ),
  ([, name = '', table = name]) => table,
);
const isApplications = (name: string): boolean =>
  applicationNames.some((table) => new RegExp(`^\\w+ "?(\\w+"?\\."?)?${table}(?:"|_|\\.|$)`).test(name));

describe('a database of the previous release that is upgraded', () => {
  let source: TestApp;
  let upgraded: TestDatabase;
  let after: TestApp;
  let accessToken: string;
  let refreshToken: string;
  let userId: string;
  let before: number[];

  const me = async (app: TestApp) =>
    (await app.send(MeDocument, {}, bearer(accessToken))).data as { me: { id: string } } | null | undefined;

  const refresh = async (app: TestApp, token: string | null): Promise<void> => {
    const { data, text } = await app.send(RefreshSessionDocument, { input: { refreshToken: token ?? '' } });
    if (data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error(`refresh failed: ${text}`);
    accessToken = data.refreshSession.accessToken;
    refreshToken = data.refreshSession.refreshToken ?? '';
  };

  beforeAll(async () => {
    source = await startApp();
    const user = await source.newcomer('ADMIN');
    userId = user.id;
    await source.signUp('waiting@example.com');
    await source.idle();
    await refresh(source, user.tokens.refreshToken);
    expect(await me(source)).toEqual({ me: expect.objectContaining({ id: userId }) as object });

    upgraded = await createPreviousDatabase();
    await copyRows(source.database, upgraded);
    await storeOldRows(upgraded, userId);
    const place = { id: id(3), topic: 'mail' };
    const email: EmailMessage = { to: MAILED, locale: 'en', message: { template: 'account-deleted' } };
    const payload = sealPayload(createSecretBox(source.config.encryptionKeys), place, email);
    await upgraded.query('INSERT INTO outbox (id, topic, payload) VALUES ($1, $2, $3)', [
      place.id,
      place.topic,
      payload,
    ]);
    before = await countsOf(upgraded, Object.keys(renamedTables));
    expect(await migrateDatabase(upgraded)).toEqual(upgradeMigrations);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await after.close();
    await upgraded.drop();
    await source.close();
  });

  it('has every row that it had', async () => {
    expect(await countsOf(upgraded, Object.values(renamedTables))).toEqual(before);
  });

  it('knows that a device is unknown, in place of an empty name', async () => {
    const devices = await upgraded.query(
      `SELECT device, first_seen_at::date::text AS first, last_seen_at::date::text AS last FROM auth_known_device
       WHERE user_id = $1 AND last_seen_at < '2026-06-01' ORDER BY device`,
      [userId],
    );
    expect(devices).toEqual([
      { device: 'Firefox on Linux', first: '2026-01-01', last: '2026-03-01' },
      { device: null, first: '2026-01-01', last: '2026-02-01' },
    ]);
  });

  it('has dead letters that are due when they died', async () => {
    expect(
      await upgraded.query('SELECT deliver_after = dead_at AS same, attempts FROM auth_queue_entry WHERE id = $1', [
        id(1),
      ]),
    ).toEqual([{ same: true, attempts: 56 }]);
  });

  it.each([
    [
      'the claim of the queue',
      `WITH due AS MATERIALIZED (
        SELECT id FROM outbox WHERE topic = 'mail' AND deliver_after <= now() AND dead_at IS NULL
        ORDER BY deliver_after LIMIT 5 FOR UPDATE SKIP LOCKED)
      UPDATE outbox o SET attempts = attempts + 1 FROM due WHERE o.id = due.id RETURNING o.id`,
    ],
    [
      'the read of a principal',
      `SELECT s.user_id, ARRAY(SELECT role FROM user_role WHERE user_id = u.id) AS roles
      FROM session s JOIN "user" u ON u.id = s.user_id WHERE s.id = '${id(99)}'`,
    ],
    [
      'a rotation',
      `UPDATE session s SET generation = s.generation + 1 FROM "user" u
      WHERE s.id = '${id(99)}' AND u.id = s.user_id AND s.revoked_at IS NULL RETURNING s.id`,
    ],
    [
      'the read of a login',
      `SELECT u.id, c.hash FROM "user" u LEFT JOIN password_credential c ON c.user_id = u.id
      WHERE u.email_canonical = 'nobody@example.com'`,
    ],
    [
      'the use of a link',
      `SELECT id FROM one_time_token WHERE id = '${id(99)}' AND purpose = 'RESET_PASSWORD'::"OneTimeTokenPurpose"`,
    ],
    [
      'the read of the keys',
      `SELECT id FROM signing_key WHERE purpose = CAST('ACCESS_TOKEN'::text AS "SigningKeyPurpose")`,
    ],
    [
      'the spending of a limit',
      `INSERT INTO spent_limit AS l (key, spent, expires_at) VALUES ('new', 1, now())
      ON CONFLICT (key) DO UPDATE SET spent = l.spent + 1 RETURNING spent`,
    ],
    [
      'the record of a device',
      `INSERT INTO known_device (user_id, device) VALUES ('${id(99)}', 'Firefox')
      ON CONFLICT (user_id, device) DO UPDATE SET last_seen_at = now()`,
    ],
    [
      'the record of an event',
      `INSERT INTO security_event (id, type, actor_kind) VALUES ('${id(99)}', 'LOGIN_FAILED', 'anonymous')`,
    ],
    [
      'the removal of sign-ups',
      `DELETE FROM sign_up WHERE id IN (SELECT id FROM sign_up LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    ],
  ])('tells the previous release to stop: %s', async (_what, sql) => {
    await expect(upgraded.query(sql)).rejects.toMatchObject({ message: STOP, code: '55000' });
  });

  it('is not available to the previous release, rather than broken', async () => {
    const connection = await upgraded.connect();
    const error = await connection.client.$queryRawUnsafe('SELECT FROM outbox').catch(translateStoreError);
    await connection.close();
    expect(error).toMatchObject({ name: 'StoreUnavailable', message: expect.stringContaining(STOP) as string });
  });

  it('has the same objects as a new one', async () => {
    const fresh = await createTestDatabase();
    const expected = (await fresh.query(catalogQuery)) as CatalogObject[];
    await fresh.drop();
    expect(await upgraded.query(catalogQuery)).toEqual(expected);
  });

  it(
    'serves: the same access token and the same refresh token work',
    async () => {
      after = await runApp(source.config, upgraded, {});
      expect(await me(after)).toEqual({ me: expect.objectContaining({ id: userId }) as object });
      await refresh(after, refreshToken);
      expect(await me(after)).toEqual({ me: expect.objectContaining({ id: userId }) as object });
    },
    TIMEOUT_MS,
  );

  it('sends the mail that was queued', async () => {
    expect(await after.mailbox.waitFor(MAILED)).toBeDefined();
  });

  it('gives its old names to the next migration, which may be the application’s', async () => {
    const folder = createFolder({ [OWN]: ownTables });
    expect(await migrateDatabase(upgraded, folder)).toEqual([OWN]);
    expect(
      await upgraded.query(`SELECT to_regclass('outbox') AS outbox, to_regtype('"UserOrigin"') AS origin`),
    ).toEqual([{ outbox: null, origin: null }]);
  });
});

/** As `npm run migration` writes them for models of these names. */
const ownTables = ['session', 'job', 'organization']
  .map((name) => `CREATE TABLE "${name}" ("id" UUID NOT NULL, CONSTRAINT "${name}_pkey" PRIMARY KEY ("id"));`)
  .join('\n');

describe('an upgrade of several migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createPreviousDatabase();
    await database.query(
      `INSERT INTO signing_key (id, purpose, algorithm, sealed)
       VALUES ('key', 'ACCESS_TOKEN', 'ES256', 'sealed')`,
    );
  }, TIMEOUT_MS);

  afterEach(() => database.drop());

  const readOldName = () => database.query('SELECT FROM outbox');

  it('tells the previous release to stop after the last one, if it was interrupted after the first', async () => {
    const [authNames, next = ''] = upgradeMigrations;
    const interrupted = createFolder({ [next]: 'SELECT 1 / 0' });
    await expect(migrateDatabase(database, interrupted)).rejects.toThrow(`The migration ${next} failed`);
    await expect(readOldName()).rejects.toThrow(STOP);
    expect(await migrateDatabase(database)).toEqual(upgradeMigrations.filter((name) => name !== authNames));
    await expect(readOldName()).rejects.toThrow(STOP);
  });

  it('gives its old names to a migration of the application that is applied with it', async () => {
    expect(await migrateDatabase(database, createFolder({ [OWN]: ownTables }))).toEqual([...upgradeMigrations, OWN]);
    expect(await database.query('SELECT id FROM session')).toEqual([]);
    await expect(readOldName()).rejects.toThrow('relation "outbox" does not exist');
  });

  it('changes a table behind a view', async () => {
    const change = 'ALTER TABLE auth_queue_entry ALTER COLUMN attempts TYPE bigint';
    expect(await migrateDatabase(database, createFolder({ [OWN]: change }))).toEqual([...upgradeMigrations, OWN]);
  });

  it('reports why a migration failed, and keeps telling the previous release to stop', async () => {
    const failing = createFolder({ [OWN]: 'CREATE TABLE half (id int); SELECT 1 / 0' });
    await expect(migrateDatabase(database, failing)).rejects.toThrow(
      `${OWN} failed and was rolled back: division by zero`,
    );
    await expect(readOldName()).rejects.toThrow(STOP);
    expect(await database.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
  });
});

describe('a new database', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.drop());

  it('has no name of ours but "user" that does not begin with auth_', async () => {
    const objects = ((await database.query(catalogQuery)) as CatalogObject[]).filter(
      ({ name }) => !isApplications(name),
    );
    const names = objects.map(({ name }) => name.replace(/^\w+ (.+\.)?/, ''));
    const ours = new Set(objects.map(({ name }) => /^column (\S+)\./.exec(name)?.[1]));
    expect([...ours].filter((table) => table?.startsWith('auth_') === false)).toEqual(['"user"']);
    const kinds = objects.filter(({ name }) => !name.startsWith('column')).map(({ name }) => name);
    expect(names).toHaveLength(objects.length);
    expect(kinds.filter((name) => !/^\w+ (\S+\.)?auth_/.test(name) && !/^\w+ ("user"\.)?user_/.test(name))).toEqual([]);
  });

  it('has no stand-ins, although auth_names is one of several migrations that it was created by', async () => {
    const empty = await createEmptyDatabase();
    await migrateDatabase(empty);
    expect(
      await empty.query(`SELECT to_regproc('${STAND_IN_FUNCTION}') AS function, to_regclass('outbox') AS view`),
    ).toEqual([{ function: null, view: null }]);
    await empty.drop();
  });

  it('leaves the names Session, Job and Organization to the application', async () => {
    for (const statement of ownTables.split('\n')) await database.query(statement);
    const found = await database.query(`SELECT to_regclass('session_pkey') IS NOT NULL AS "hasKey"`);
    expect(found).toEqual([{ hasKey: true }]);
  });
});
