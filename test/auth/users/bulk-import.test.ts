import { readFileSync } from 'node:fs';

import { roles } from '../../../src/values/roles.js';
import type { ImportOptions, ImportLine } from '../../../src/auth/users/bulk-import.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

beforeEach(async () => {
  await core.database.query('TRUNCATE "user", auth_security_event CASCADE');
});

afterAll(async () => {
  await core.close();
});

const invisibleName = 'name has no visible character, or contains a line separator or a bidirectional control';
const unknownRole = `roles contains an unknown role; the roles are ${Object.keys(roles).join(', ')}`;

// From the test set of jBCrypt.
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';
const BCRYPT = '$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC';
const STORED = BCRYPT.replace('2a', '2b');

type Fields = Readonly<Record<string, unknown>>;

async function* linesOf(lines: readonly (Fields | string | undefined)[]): AsyncGenerator<ImportLine> {
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (line === undefined) yield { number };
    else yield { number, bytes: Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)) };
  }
  await Promise.resolve();
}

/** What an import of these lines counts, and the refusals. `undefined` stands for a line that is too long. */
const importing = async (
  lines: readonly (Fields | string | undefined)[],
  options: Partial<ImportOptions> = {},
): Promise<{ imported: number; present: number; refused: number; refusals: string[] }> => {
  const refusals: string[] = [];
  const counts = await core.auth.bulkImport(linesOf(lines), {
    dryRun: false,
    actor: { kind: 'operator', name: 'root' },
    onRefused: (line, reason) => refusals.push(`${line}: ${reason}`),
    ...options,
  });
  return { ...counts, refusals };
};

const exported = async (withPasswordHashes: boolean): Promise<string[]> => {
  const lines: string[] = [];
  for (let after: string | null = null, isLast = false; !isLast;) {
    const page = await core.auth.bulkExport.page(after, withPasswordHashes);
    lines.push(...page.lines);
    after = page.next;
    isLast = after === null;
  }
  return lines;
};

const userOf = (email: string) => core.auth.users.findByEmail(email);

const hashOf = async (email: string) => {
  const user = await userOf(email);
  return user && (await core.store.passwordCredentials.find(user.id))?.hash;
};

const login = (email: string, password = ALPHABET) =>
  core.auth.login.withPassword({ email, password }, client, noProof);

const eventsOf = (type: string) =>
  core.database.query('SELECT operator, detail FROM auth_security_event WHERE type = $1 ORDER BY id', [type]);

const ADA = { email: 'Ada@Example.com', emailVerified: true, passwordHash: BCRYPT };

describe('an import', () => {
  it('creates a user from each line, with the values of the line', async () => {
    const line = {
      ...ADA,
      id: '018e2e34-d600-7000-8000-000000000001',
      name: 'Ada Lovelace',
      locale: 'en-GB',
      roles: ['ADMIN', 'USER'],
      createdAt: '2024-03-11T12:00:00+01:00',
      disabled: true,
    };
    expect(await importing([line])).toEqual({ imported: 1, present: 0, refused: 0, refusals: [] });
    expect(await userOf('ada@example.com')).toEqual({
      id: line.id,
      email: 'Ada@Example.com',
      emailCanonical: 'ada@example.com',
      emailVerifiedAt: expect.any(Date) as Date,
      origin: 'IMPORT',
      name: 'Ada Lovelace',
      locale: 'en-GB',
      disabledAt: expect.any(Date) as Date,
      eraseAfter: null,
      createdAt: new Date('2024-03-11T11:00:00Z'),
      lastLoginAt: null,
      roles: ['ADMIN', 'USER'],
    });
    expect(await hashOf('ada@example.com')).toBe(STORED);
  });

  it('requires only an address: the user is unverified, has the role USER and no password', async () => {
    const before = Date.now();
    expect(await importing([{ email: 'bare@example.com', name: null, passwordHash: null }])).toMatchObject({
      imported: 1,
    });
    const empty = { roles: '', disabled: '', emailVerified: '', id: '', createdAt: '', name: '', locale: '' };
    expect(await importing([{ email: 'empty@example.com', ...empty, passwordHash: '' }])).toMatchObject({
      imported: 1,
    });
    expect(await userOf('empty@example.com')).toMatchObject({ disabledAt: null, roles: ['USER'] });
    const user = await userOf('bare@example.com');
    expect(user).toMatchObject({ emailVerifiedAt: null, disabledAt: null, name: null, locale: null, roles: ['USER'] });
    // The time of the database, as the instance estimates it.
    expect(user?.createdAt.getTime()).toBeGreaterThanOrEqual(before - 1000);
    expect(await hashOf('bare@example.com')).toBeUndefined();
    expect(await login('bare@example.com')).toEqual({ failure: 'INVALID_CREDENTIALS' });
  });

  it('counts an optional field that is empty as absent, and ignores white space around an address', async () => {
    const empty = { id: '', passwordHash: '', name: '', locale: '', createdAt: '' };
    expect(await importing([{ ...empty, email: ' blank@example.com\t' }])).toMatchObject({ imported: 1, refusals: [] });
    expect(await userOf('blank@example.com')).toMatchObject({ email: 'blank@example.com', name: null, locale: null });
    expect(await hashOf('blank@example.com')).toBeUndefined();
  });

  it('assigns ids in the order in which users were created, which is the order of lists', async () => {
    await importing([
      { email: 'second@example.com', createdAt: '2021-01-01T00:00:00Z' },
      { email: 'first@example.com', createdAt: '2020-01-01T00:00:00Z' },
    ]);
    const { users } = await core.auth.users.list({ first: 10 });
    expect(users.map(({ email }) => email)).toEqual(['second@example.com', 'first@example.com']);
  });

  it('lets users log in with their previous password, and then stores it under argon2id', async () => {
    await importing([ADA]);
    expect(await login('ada@example.com', 'not the alphabet')).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await hashOf('ada@example.com')).toBe(STORED);
    expect(await login('ada@example.com')).toHaveProperty('accessToken');
    expect(await hashOf('ada@example.com')).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(await login('ada@example.com')).toHaveProperty('accessToken');
  });

  it('returns EMAIL_NOT_VERIFIED to an unverified user, only after the right password', async () => {
    await importing([{ ...ADA, emailVerified: false }]);
    expect(await login('ada@example.com')).toEqual({ failure: 'EMAIL_NOT_VERIFIED' });
    expect(await login('ada@example.com', 'not the alphabet')).toEqual({ failure: 'INVALID_CREDENTIALS' });
  });

  it('lets no disabled user log in', async () => {
    await importing([{ ...ADA, disabled: true }]);
    expect(await login('ada@example.com')).toEqual({ failure: 'INVALID_CREDENTIALS' });
  });

  it('changes nothing in an existing account, however often it is repeated', async () => {
    await core.createUser('existing@example.com');
    const before = [await userOf('existing@example.com'), await hashOf('existing@example.com')];
    const lines = [{ ...ADA, email: 'EXISTING@example.com', name: 'Eve', roles: ['ADMIN', 'USER'] }, ADA];
    expect(await importing(lines)).toMatchObject({ imported: 1, present: 1, refused: 0 });
    expect(await login('ada@example.com')).toHaveProperty('accessToken');
    const rehashed = await hashOf('ada@example.com');
    expect(await importing(lines)).toMatchObject({ imported: 0, present: 2, refused: 0 });
    expect([await userOf('existing@example.com'), await hashOf('existing@example.com')]).toEqual(before);
    expect(await hashOf('ada@example.com')).toBe(rehashed);
  });

  it('refuses a line with its number and a reason that repeats none of its values, and imports the others', async () => {
    const bad = [
      ['not JSON', 'not a JSON object in UTF-8 without duplicate members'],
      ['["ada@example.com"]', 'not a JSON object in UTF-8 without duplicate members'],
      ['{"email":"a@example.com","email":"b@example.com"}', 'not a JSON object in UTF-8 without duplicate members'],
      [`{"name":${'['.repeat(2000)}${']'.repeat(2000)}}`, 'email is not a valid email address'],
      [undefined, 'too long'],
      [{ ...ADA, password: 'secret' }, 'password is not a field of a user'],
      [{ ...ADA, 'clear\u001b[2Jscreen': 1 }, 'a member is not a field of a user'],
      [{ ...ADA, __proto__: null, constructor: 1 }, 'constructor is not a field of a user'],
      [{ name: 'Ada' }, 'email is not a valid email address'],
      [{ ...ADA, email: 7 }, 'email is not a string'],
      [{ ...ADA, email: 'ada@exam\u212aple.com' }, 'email is not a valid email address'],
      [{ ...ADA, emailVerified: 'yes' }, 'emailVerified is neither true nor false'],
      [{ ...ADA, disabled: 0 }, 'disabled is neither true nor false'],
      [{ ...ADA, name: 'a'.repeat(201) }, 'name is longer than 200 characters'],
      [{ ...ADA, name: 'a\u0000b' }, 'name contains a control character or an unpaired surrogate'],
      [{ ...ADA, name: 'a\ud800b' }, 'name contains a control character or an unpaired surrogate'],
      [{ ...ADA, name: '\u200b' }, invisibleName],
      [{ ...ADA, name: '   ' }, invisibleName],
      [{ ...ADA, name: 'Ada\u202egnp.exe' }, invisibleName],
      [{ ...ADA, locale: 'x'.repeat(36) }, 'locale is longer than 35 characters'],
      [{ ...ADA, locale: 'no locale' }, 'locale is not a language tag (BCP 47)'],
      [{ ...ADA, roles: 'ADMIN' }, 'roles is not a list of strings'],
      [{ ...ADA, roles: [1] }, 'roles is not a list of strings'],
      [{ ...ADA, roles: ['WIZARD'] }, unknownRole],
      [{ ...ADA, roles: ['toString'] }, unknownRole],
      [
        { ...ADA, createdAt: '2024-03-11' },
        'createdAt is not a time between 1970 and now, such as 2024-03-09T12:00:00Z',
      ],
      [
        { ...ADA, createdAt: '2023-02-29T00:00:00Z' },
        'createdAt is not a time between 1970 and now, such as 2024-03-09T12:00:00Z',
      ],
      [
        { ...ADA, createdAt: '9999-01-01T00:00:00Z' },
        'createdAt is not a time between 1970 and now, such as 2024-03-09T12:00:00Z',
      ],
      [{ ...ADA, id: '7' }, 'id is not a UUID of version 7'],
      [{ ...ADA, id: '3f1c1f0e-5a0c-4b58-9d5e-0d8c6b7a1234' }, 'id is not a UUID of version 7'],
      [{ ...ADA, passwordHash: 'secret' }, 'passwordHash is not a hash in a supported format'],
      [
        { ...ADA, passwordHash: BCRYPT.replace('$06$', '$31$') },
        'passwordHash has parameters that would make every login too slow',
      ],
    ] as const;
    const { refusals, ...counts } = await importing([...bad.map(([line]) => line), ADA]);
    expect(refusals).toEqual(bad.map(([, reason], index) => `${index + 1}: ${reason}`));
    expect(counts).toEqual({ imported: 1, present: 0, refused: bad.length });
  });

  it('refuses the second of two lines with one address, in any spelling and at any distance', async () => {
    const others = Array.from({ length: 1500 }, (_, index) => ({ email: `user-${index}@example.com` }));
    const lines = [ADA, { ...ADA, email: 'ADA@EXAMPLE.COM' }, ...others, { ...ADA, email: 'ada@example.COM' }];
    const result = {
      refused: 2,
      refusals: [2, 1503].map((line) => `${line}: an earlier line has the same email address`),
    };
    expect(await importing(lines)).toEqual({ imported: 1501, present: 0, ...result });
    expect(await importing(lines)).toEqual({ imported: 0, present: 1501, ...result });
  });

  it('refuses an id that belongs to another account, and gives that account none of the line’s roles', async () => {
    const id = '018e2e34-d600-7000-8000-000000000001';
    const lines = [
      { ...ADA, id },
      { email: 'eve@example.com', id, roles: ['ADMIN'] },
    ];
    const refused = { refused: 1, refusals: ['2: id belongs to another user'] };
    expect(await importing(lines, { dryRun: true })).toEqual({ imported: 1, present: 0, ...refused });
    expect(await importing(lines)).toEqual({ imported: 1, present: 0, ...refused });
    expect(await importing(lines)).toEqual({ imported: 0, present: 1, ...refused });
    expect(await core.auth.users.find(id)).toMatchObject({ email: ADA.email, roles: ['USER'] });
  });

  it('reports in a dry run what would happen, and writes nothing', async () => {
    await core.createUser('existing@example.com');
    await core.database.query('TRUNCATE auth_security_event');
    const lines = [ADA, { email: 'existing@example.com' }, 'not JSON', ADA];
    expect(await importing(lines, { dryRun: true })).toMatchObject({ imported: 1, present: 1, refused: 2 });
    expect(await userOf('ada@example.com')).toBeUndefined();
    expect(await core.database.query('SELECT 1 FROM auth_security_event')).toEqual([]);
  });

  it('is recorded once for each batch, with the operator and the number of users', async () => {
    const lines = Array.from({ length: 1001 }, (_, index) => ({ email: `user-${index}@example.com` }));
    const progress: number[] = [];
    await importing(lines, { onProgress: ({ imported }) => progress.push(imported) });
    await importing(lines);
    expect(progress).toEqual([1000, 1001]);
    expect(await eventsOf('USERS_IMPORTED')).toEqual([
      { operator: 'root', detail: { count: 1000 } },
      { operator: 'root', detail: { count: 1 } },
    ]);
  });

  it('makes a login with an unknown address cost as much as one of an imported user', async () => {
    await importing([ADA]);
    const parameters = await core.store.passwordCredentials.parameterSets();
    expect(parameters).toEqual([{ head: '$2b$06', count: 1 }]);
    expect(await core.auth.refreshDummyCredentials()).toBe(1);
    expect(await login('nobody@example.com')).toEqual({ failure: 'INVALID_CREDENTIALS' });
  });
});

describe('an example in docs/import.md', () => {
  const guide = readFileSync(new URL('../../../docs/import.md', import.meta.url), 'utf8');
  const examples = Array.from(guide.matchAll(/^```text\n(.*)\n```$/gm), ([, example = '']) => example);

  it.each(examples)('can be imported: %s', async (example) => {
    expect(await importing([example], { dryRun: true })).toMatchObject({ imported: 1, refusals: [] });
  });

  it('exists for each system whose hashes can be verified', () => {
    expect(examples).toHaveLength(10);
  });
});

describe('password parameters', () => {
  it('are counted by scheme and parameters', async () => {
    const pbkdf2 = '$pbkdf2-sha256$29000$c2l4dGVlbiBieXRlcy4uLg$c2l4dGVlbiBieXRlcy4uLnNpeHRlZW4gYnl0ZXMuLi4';
    await importing([
      { email: 'a@example.com', passwordHash: BCRYPT },
      { email: 'b@example.com', passwordHash: BCRYPT.replace('2a$06', '2y$10') },
      { email: 'c@example.com', passwordHash: BCRYPT.replace('2a$06', '2b$10') },
      { email: 'd@example.com', passwordHash: pbkdf2 },
      { email: 'e@example.com' },
      { email: 'g@example.com', passwordHash: `bcrypt_sha256$${BCRYPT}` },
    ]);
    await core.createUser('f@example.com');
    const sets = await core.store.passwordCredentials.parameterSets();
    expect(new Set(sets.map(({ head, count }) => `${head} ${count}`))).toEqual(
      new Set([
        '$2b$06 1',
        '$2b$10 2',
        '$bcrypt-sha256hex$c=06 1',
        '$pbkdf2-sha256$i=29000,l=32 1',
        '$argon2id$v=19$m=1024,t=1,p=1 1',
      ]),
    );
    expect(await core.auth.refreshDummyCredentials()).toBe(5);
  });
});

describe('an import of an export', () => {
  const lines = [
    {
      ...ADA,
      name: 'Ada “Countess” Lovelace',
      locale: 'en-GB',
      roles: ['ADMIN', 'USER'],
      createdAt: '2020-01-01T00:00:00.123Z',
    },
    { email: 'disabled@example.com', disabled: true, passwordHash: BCRYPT, createdAt: '2021-01-01T00:00:00Z' },
    { email: 'nothing@example.com', roles: [], createdAt: '2022-01-01T00:00:00Z' },
  ];

  it('creates the same accounts in an empty database', async () => {
    await core.createUser('ours@example.com');
    await importing(lines);
    await importing(Array.from({ length: 1000 }, (_, index) => ({ email: `user-${index}@example.com` })));
    const before = await exported(true);
    expect(before).toHaveLength(1004);
    await core.database.query('TRUNCATE "user" CASCADE');
    expect(await importing(before)).toEqual({ imported: 1004, present: 0, refused: 0, refusals: [] });
    expect(await exported(true)).toEqual(before);
    expect(await login('ada@example.com')).toHaveProperty('accessToken');
  });
});
