import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadConfig } from '../src/config.js';
import { createCourier } from '../src/mail/courier.js';
import { sign, type AccessTokenClaims } from '../src/security/access-token.js';
import { createKeyRing, generateSigningKey, secretKey } from '../src/security/key-ring.js';
import { createSecretBox } from '../src/security/secret-box.js';
import { openStore } from '../src/store/store.js';
import { endPrograms, freePort, start, type Ended } from './support/program.js';

// Each command is a process of its own, and most open the embedded database.
const TIMEOUT_MS = 120_000;

let dataDir: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-commands-'));
  environment = { NODE_ENV: 'test', DATA_DIR: dataDir, ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1' };
});

afterAll(async () => {
  await endPrograms();
  await rm(dataDir, { recursive: true, force: true });
});

const gatehouse = (args: readonly string[], stdin = '', env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  start('cli.ts', { ...environment, ...env }, args, stdin).ended;

/** Opens the database of the commands between two of them. */
const inStore = async <T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> => {
  const store = await openStore({ ...loadConfig(environment) });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const CANARY = 'canary horse battery staple';

describe('migrate and user', () => {
  const create = (email: string, ...options: string[]) =>
    gatehouse(['user', 'create', '--email', email, '--password-stdin', ...options], `${CANARY}\n`);

  it(
    'migrate brings an empty folder’s database up to date, and says so',
    async () => {
      const { code, stdout, stderr } = await gatehouse(['migrate']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^(?:Applied \d{14}_\w+\.\n)+The database is up to date\.\n$/);
    },
    TIMEOUT_MS,
  );

  it(
    'migrate finds nothing to do the second time',
    async () => {
      expect(await gatehouse(['migrate'])).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' });
    },
    TIMEOUT_MS,
  );

  it(
    'create makes an account with its roles, and prints no password',
    async () => {
      const ada = await create(ADA, '--role', 'ADMIN', '--verified');
      expect({ ...ada, stdout: ada.stdout.trim() }).toEqual({
        code: 0,
        stdout: `${ADA.padEnd(40)} ${'verified'.padEnd(10)} ADMIN,USER`,
        stderr: '',
      });
      const bob = await create(BOB);
      expect(bob.stdout).toBe(`${BOB.padEnd(40)} ${'unverified'.padEnd(10)} USER\n`);
    },
    TIMEOUT_MS,
  );

  it(
    'create refuses an address that has an account, whatever its spelling',
    async () => {
      const { code, stdout, stderr } = await create('ADA@Example.com');
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: 'This address has an account already.\n',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'create refuses a weak password and names its rules, not the password',
    async () => {
      const args = ['user', 'create', '--email', 'eve@example.com', '--password-stdin'];
      const { code, stdout, stderr } = await gatehouse(args, 'gatehouse');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^WEAK_PASSWORD: .* TOO_SHORT, CONTAINS_PERSONAL_WORD\n$/);
    },
    TIMEOUT_MS,
  );

  it(
    'create refuses a role that there is not, and names those that there are',
    async () => {
      const { code, stdout, stderr } = await create('eve@example.com', '--role', 'WIZARD');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^There is no role WIZARD\. There are: .*ADMIN.*\.\n$/);
    },
    TIMEOUT_MS,
  );

  it(
    'list shows everybody, the newest first, and one JSON object a line with --json',
    async () => {
      const { code, stdout } = await gatehouse(['user', 'list', '--json']);
      expect(code).toBe(0);
      const users = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(users).toMatchObject([
        { email: BOB, emailVerifiedAt: null, roles: ['USER'], origin: 'ADMINISTRATOR' },
        { email: ADA, roles: ['ADMIN', 'USER'] },
      ]);
      expect(stdout).not.toMatch(/password|hash|argon2/i);
    },
    TIMEOUT_MS,
  );

  it(
    'list finds by a part of the address',
    async () => {
      expect((await gatehouse(['user', 'list', '--search', 'bob'])).stdout).toBe(
        `${BOB.padEnd(40)} ${'unverified'.padEnd(10)} USER\n`,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'revoke and disable refuse to remove the last administrator',
    async () => {
      const refusal = { code: 1, stdout: '', stderr: 'LAST_ADMINISTRATOR: The last administrator must stay.\n' };
      expect(await gatehouse(['user', 'revoke', '--email', ADA, '--role', 'ADMIN'])).toEqual(refusal);
      expect(await gatehouse(['user', 'disable', '--email', ADA])).toEqual(refusal);
    },
    TIMEOUT_MS,
  );

  it(
    'grant and revoke give a role, in any spelling, and take it',
    async () => {
      const granted = await gatehouse(['user', 'grant', '--email', BOB, '--role', 'admin']);
      expect(granted).toMatchObject({ code: 0, stdout: expect.stringMatching(/ ADMIN,USER\n$/) as string });
      const revoked = await gatehouse(['user', 'revoke', '--email', BOB, '--role', 'ADMIN']);
      expect(revoked).toMatchObject({ code: 0, stdout: expect.stringMatching(/ USER\n$/) as string });
    },
    TIMEOUT_MS,
  );

  it(
    'disable and enable shut an account out and let it in again',
    async () => {
      const disabled = await gatehouse(['user', 'disable', '--email', BOB]);
      expect(disabled).toMatchObject({ code: 0, stdout: expect.stringContaining(' disabled ') as string });
      const enabled = await gatehouse(['user', 'enable', '--email', BOB]);
      expect(enabled).toMatchObject({ code: 0, stdout: expect.stringContaining(' unverified ') as string });
    },
    TIMEOUT_MS,
  );

  it(
    'refuse an address that nobody has',
    async () => {
      const refusal = { code: 1, stdout: '', stderr: 'There is no user with this address.\n' };
      expect(await gatehouse(['user', 'enable', '--email', 'nobody@example.com'])).toEqual(refusal);
    },
    TIMEOUT_MS,
  );

  it(
    'are on record under the name of the operating system’s user, with no address and no password',
    async () => {
      const events = await inStore(async (store) => {
        const [bob] = await store.users.list({ first: 1, after: null, search: BOB });
        return store.events.listBySubject(bob?.id ?? '', 10);
      });
      expect(events.map(({ type }) => type)).toEqual([
        'USER_ENABLED',
        'USER_DISABLED',
        'ROLES_CHANGED',
        'ROLES_CHANGED',
        'USER_CREATED',
      ]);
      expect(new Set(events.map(({ actorKind, operator }) => `${actorKind} ${operator}`))).toEqual(
        new Set([`operator ${userInfo().username}`]),
      );
      expect(JSON.stringify(events)).not.toMatch(/canary|@example/);
    },
    TIMEOUT_MS,
  );

  it(
    'refuse, in a sentence with its pid, while a server has the embedded database',
    async () => {
      const server = start('cli.ts', { ...environment, PORT: await freePort() }, ['serve']);
      await server.says(/Server listening/);
      const { code, stdout, stderr } = await gatehouse(['user', 'list']);
      server.kill('SIGTERM');
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: `${dataDir} is in use by process ${server.pid}: stop it, or give this one another DATA_DIR or a DATABASE_URL.\n`,
      });
      expect((await server.ended).code).toBe(0);
    },
    TIMEOUT_MS,
  );

  it('print the password nowhere and keep it nowhere in the clear', () => {
    const found = spawnSync('grep', ['--recursive', '--text', '--files-with-matches', 'canary', dataDir], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
  });
});

describe('user import and export', () => {
  // "abc", from the test set of jBCrypt; under a cost that no login is made to wait for.
  const BCRYPT = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';
  const JOAN = { email: 'joan@example.com', emailVerified: true, passwordHash: BCRYPT };
  const LEE = { email: 'lee@example.com', name: 'Lee', passwordHash: BCRYPT.replace('$06$', '$31$') };
  const file = () => join(dataDir, 'users.jsonl');

  it(
    'import says what would happen on trial, names each refused line without what it holds, and fails',
    async () => {
      await writeFile(file(), [JOAN, LEE, { ...JOAN, email: ADA }].map((line) => JSON.stringify(line)).join('\n'));
      expect(await gatehouse(['user', 'import', file(), '--dry-run'])).toEqual({
        code: 1,
        stdout: 'would import 1, there already 1, refused 1\n',
        stderr: 'line 2: passwordHash has parameters that would make every login too slow\n',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'import makes the accounts, from standard input too, and succeeds when nothing is refused',
    async () => {
      const imported = await gatehouse(['user', 'import', '-'], `${JSON.stringify(JOAN)}\n`);
      expect(imported).toEqual({ code: 0, stdout: 'imported 1, there already 0, refused 0\n', stderr: '' });
    },
    TIMEOUT_MS,
  );

  it(
    'export writes accounts without their password hashes to standard output',
    async () => {
      const { code, stdout, stderr } = await gatehouse(['user', 'export']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const emails = stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { email: string }).email);
      expect(emails).toEqual([ADA, BOB, JOAN.email]);
      expect(stdout).not.toMatch(/hash|argon2|\$2/i);
    },
    TIMEOUT_MS,
  );

  it(
    'export writes them with their hashes to a new file that its owner alone may read, and to no other',
    async () => {
      const out = join(dataDir, 'export.jsonl');
      const exporting = () => gatehouse(['user', 'export', '--with-password-hashes', '--out', out]);
      expect(await exporting()).toEqual({ code: 0, stdout: `Exported 3 accounts to ${out}.\n`, stderr: '' });
      expect((await stat(out)).mode & 0o777).toBe(0o600);
      expect(await readFile(out, 'utf8')).toContain(`"passwordHash":"${BCRYPT.replace('2a', '2b')}"`);
      expect(await exporting()).toEqual({
        code: 1,
        stdout: '',
        stderr: `${out} exists already. Name a file that does not.\n`,
      });
      expect((await readFile(out, 'utf8')).trim().split('\n')).toHaveLength(3);
    },
    TIMEOUT_MS,
  );

  it('export says loudly in its help what password hashes are to whoever reads them', async () => {
    const { stdout } = await gatehouse(['user', 'export', '--help'], '', { DATA_DIR: '/proc/none' });
    expect(stdout).toMatch(/--with-password-hashes +INCLUDE THE PASSWORD HASHES/);
  });
});

describe('secret generate', () => {
  it('prints 43 characters of base64url, another each time, and needs no folder', async () => {
    const none = { DATA_DIR: '/proc/none' };
    const [first, second] = await Promise.all([1, 2].map(() => gatehouse(['secret', 'generate'], '', none)));
    expect(first?.code).toBe(0);
    expect(first?.stdout).toMatch(/^[\w-]{43}\n$/);
    expect(second?.stdout).not.toBe(first?.stdout);
    expect(Buffer.from(first?.stdout ?? '', 'base64url')).toHaveLength(32);
  });

  it('prints what ENCRYPTION_KEYS takes', async () => {
    const { stdout } = await gatehouse(['secret', 'generate']);
    expect(() => loadConfig({ ...environment, ENCRYPTION_KEYS: `a:${stdout.trim()}` })).not.toThrow();
  });
});

describe('token inspect', () => {
  const ISSUER = 'http://localhost:4000';
  const claimsAt = (now: number): AccessTokenClaims => ({
    iss: ISSUER,
    aud: ISSUER,
    sub: '01900000-0000-7000-8000-000000000001',
    client_id: 'gatehouse',
    exp: now + 1800,
    iat: now,
    jti: '01900000-0000-7000-8000-000000000002',
    sid: '01900000-0000-7000-8000-000000000003',
    gen: 1,
    auth_time: now,
    amr: ['pwd'],
    roles: ['USER'],
  });
  let claims: AccessTokenClaims;
  let jwks: string;
  let valid: string;
  let expired: string;
  let kid: string;

  beforeAll(async () => {
    const key = await generateSigningKey('ES256');
    const now = Math.floor(Date.now() / 1000);
    claims = claimsAt(now);
    jwks = join(dataDir, 'jwks.json');
    await writeFile(jwks, JSON.stringify(createKeyRing([key]).jwks()));
    kid = key.kid;
    valid = sign(claims, key);
    expired = sign(claimsAt(now - 5400), key);
  });

  const inspect = (token: string, stdin = '') => gatehouse(['token', 'inspect', token, '--jwks', jwks], stdin);
  const signatureOf = (token: string) => token.split('.')[2] ?? '';

  it('passes a good token: its key, its claims, its times in words, and not its signature', async () => {
    const { code, stdout, stderr } = await inspect(valid);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`"${kid}"`);
    expect(stdout).toContain(claims.sub);
    expect(stdout).toMatch(/exp +\d+ {2}\d{4}-\d\d-\d\dT[\d:.]+Z \(in (?:30|29) minutes\)/);
    expect(stdout).not.toMatch(/FAIL|not checked/);
    expect(stdout).not.toContain(signatureOf(valid));
  });

  it('reads the token from standard input when told -', async () => {
    const fromStdin = await inspect('-', `${valid}\n`);
    expect(fromStdin.code).toBe(0);
    expect(fromStdin.stdout).toContain(claims.sub);
  });

  it('fails an expired token at its expiry alone', async () => {
    const { code, stdout } = await inspect(expired);
    expect(code).toBe(1);
    expect(stdout.match(/^ *(\w+) +FAIL/gm)?.map((line) => line.trim().split(/ +/)[0])).toEqual(['exp']);
    expect(stdout).toMatch(/exp .*\(6[01] minutes ago\)/);
  });

  it('fails an edited token at its signature, and prints that nowhere', async () => {
    const [header = '', , signature = ''] = valid.split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims, roles: ['ADMIN', 'USER'] })).toString('base64url');
    const { code, stdout } = await inspect(`${header}.${payload}.${signature}`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/signature +FAIL/);
    expect(stdout).not.toContain(signature);
  });

  it('fails what is no token, in a few words', async () => {
    for (const text of ['null', '.', 'a.b.c']) {
      const { code, stdout, stderr } = await inspect(text);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toContain('FAIL');
    }
  });

  it('says that the signature is not checked where there are no keys, and does not call that a success', async () => {
    const { code, stdout, stderr } = await gatehouse(['token', 'inspect', valid, '--jwks', '/none']);
    expect(code).toBe(1);
    expect(stderr).toContain('No keys at /none');
    expect(stdout).toMatch(/not checked/);
  });

  it('checks HS256 with JWT_SECRETS, and prints no secret', async () => {
    const { stdout: secret } = await gatehouse(['secret', 'generate']);
    const env = { SIGNING_ALGORITHM: 'HS256', JWT_SECRETS: `mine:${secret.trim()}` };
    const token = sign(claims, secretKey('mine', Buffer.from(secret.trim(), 'base64url')));
    const { code, stdout } = await gatehouse(['token', 'inspect', token], '', env);
    expect(code).toBe(0);
    expect(stdout).not.toContain(secret.trim());
    expect(stdout).not.toContain(signatureOf(token));
  });
});

describe('outbox', () => {
  const ID = '01900000-0000-7000-8000-000000000001';

  beforeAll(async () => {
    const courier = createCourier(createSecretBox(loadConfig(environment).encryptionKeys), () => undefined);
    const message = { template: 'verify-email', token: 'id.canary-of-the-link' } as const;
    await inStore((store) =>
      store.transaction(async (tx) => {
        await courier.post(tx, ID, { to: ADA, locale: null, message });
        await tx.outbox.bury({ id: ID, attempts: 0 }, '550 5.1.1');
      }),
    );
  }, TIMEOUT_MS);

  it(
    'list shows what was given up, and retry has it tried again',
    async () => {
      const list = await gatehouse(['outbox', 'list', '--json']);
      expect(list).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(list.stdout)).toMatchObject({ id: ID, template: 'verify-email', lastFailure: '550 5.1.1' });
      expect(list.stdout).not.toMatch(/ada@|canary/);
      expect(await gatehouse(['outbox', 'retry', ID])).toEqual({
        code: 0,
        stdout: '1 to be tried again.\n',
        stderr: '',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'retry says what is missing',
    async () => {
      const unclear = { code: 1, stdout: '', stderr: 'Give either the id of an entry or --all.\n' };
      expect(await gatehouse(['outbox', 'retry'])).toEqual(unclear);
    },
    TIMEOUT_MS,
  );
});

describe('mail preview', () => {
  it('writes every message in every language, without a database', async () => {
    const [out, empty] = [join(dataDir, 'preview'), join(dataDir, 'empty')];
    const { code, stdout, stderr } = await gatehouse(['mail', 'preview', '--out', out], '', { DATA_DIR: empty });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`44 files in ${out}.\n`);
    expect(await readFile(join(out, 'de', 'reset-password.txt'), 'utf8')).toMatch(/^Subject: Wählen Sie .*\n\n/);
    expect(await readFile(join(out, 'en', 'new-device-unknown.html'), 'utf8')).toContain('Device: unknown');
    expect(await readdir(empty)).toEqual(['encryption-keys']);
  });

  it('fails over a broken text as the server does, before either opens the database', async () => {
    const templates = join(dataDir, 'templates');
    await mkdir(templates);
    await writeFile(join(templates, 'fr.json'), '{"verify-email":{"subject":"{who}"}}');
    const env = { MAIL_TEMPLATES_DIR: templates, DATABASE_URL: 'postgresql://127.0.0.1:1/none' };
    for (const command of [['mail', 'preview'], ['serve']]) {
      const { code, stdout, stderr } = await gatehouse(command, '', env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^The texts in MAIL_TEMPLATES_DIR cannot be used\.\nfr\.json: verify-email\.subject: \{who\} is no placeholder/,
      );
    }
  });
});

describe('help', () => {
  it.each([
    [[]],
    [['serve']],
    [['migrate']],
    [['secret']],
    [['secret', 'generate']],
    [['token']],
    [['token', 'inspect']],
    [['outbox']],
    [['outbox', 'list']],
    [['outbox', 'retry']],
    [['mail']],
    [['mail', 'preview']],
    [['user']],
    [['user', 'create']],
    [['user', 'list']],
    [['user', 'grant']],
    [['user', 'revoke']],
    [['user', 'disable']],
    [['user', 'enable']],
    [['user', 'import']],
    [['user', 'export']],
  ])('is there for %j, and does nothing else', async (command: string[]) => {
    const { code, stdout, stderr } = await gatehouse([...command, '--help'], '', { DATA_DIR: '/proc/none' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: ${['gatehouse', ...command].join(' ')}\\b`));
    expect(stdout).toMatch(/\n[A-Z][^]*\.\n/);
  });

  it('follows a wrong command, on standard error, with an exit code that says so', async () => {
    for (const args of [['user', 'promote'], ['user', 'grant', '--email', ADA], ['token', 'inspect'], ['frobnicate']]) {
      const { code, stdout, stderr } = await gatehouse(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: .*\n\nUsage: gatehouse/);
    }
  });

  it('names every command of the README', async () => {
    const readme = await readFile(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
    const named = new Set(Array.from(readme.matchAll(/npm run cli -- ([a-z]+)/g), ([, name = '']) => name));
    const { stdout } = await gatehouse(['--help']);
    for (const name of named) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });
});
