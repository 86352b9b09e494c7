import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigError, loadConfig, type Config } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';
import { variables } from '../../src/config/variables.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const dataDir = () => join(folder, 'data');

/** Nothing set but where files go. */
const development = () => ({ DATA_DIR: dataDir() });

const production = () => ({
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://id.example.com',
  DATABASE_URL: 'postgresql://gatehouse@db.example.com/gatehouse',
  ENCRYPTION_KEYS: `k1:${generateSecret()}`,
  MAIL_URL: 'smtps://smtp.example.com',
});

function refusal(env: NodeJS.ProcessEnv): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

const refused = (env: NodeJS.ProcessEnv) => refusal(env).problems.map(({ name }) => name);

const bytes = (fill: (index: number) => number) => Buffer.from(Array.from({ length: 32 }, (_, index) => fill(index)));

describe('defaults', () => {
  it('need nothing but a folder', () => {
    expect(loadConfig(development())).toMatchObject<Partial<Config>>({
      nodeEnv: 'development',
      host: '127.0.0.1',
      port: 4000,
      publicUrl: 'http://localhost:4000',
      appUrl: undefined,
      databaseUrl: undefined,
      signingAlgorithm: 'ES256',
      jwtSecrets: [],
      tokenIssuer: 'http://localhost:4000',
      tokenAudience: 'http://localhost:4000',
      accessTokenTtlSeconds: 1800,
      sessionIdleTtlSeconds: 30 * 86_400,
      sessionAbsoluteTtlSeconds: 90 * 86_400,
      refreshGraceSeconds: 10,
      passwordMinLength: 15,
      argon2MemoryKib: 19_456,
      argon2Passes: 2,
      argon2Lanes: 1,
      signUp: 'open',
      requireVerifiedEmail: true,
      mailUrl: 'file:',
      mailFrom: 'no-reply@localhost',
      corsOrigins: [],
      trustProxy: false,
      introspection: true,
    });
  });

  it('have a field for each variable', () => {
    const camelCase = (name: string) =>
      name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(loadConfig(development())).sort()).toEqual(
      [...Object.keys(variables).map(camelCase), 'notices'].sort(),
    );
  });

  it('count an empty variable as unset', () => {
    expect(loadConfig({ ...development(), PORT: '', APP_URL: '', ENCRYPTION_KEYS: '' })).toMatchObject({ port: 4000 });
  });

  it('close introspection in production and send mail from the host of PUBLIC_URL', () => {
    expect(loadConfig(production())).toMatchObject({ introspection: false, mailFrom: 'no-reply@id.example.com' });
  });

  it('never let a session idle longer than it lives', () => {
    expect(loadConfig({ ...development(), SESSION_ABSOLUTE_TTL_SECONDS: '60' }).sessionIdleTtlSeconds).toBe(60);
  });

  it('leave one thread of the pool to files and names', () => {
    expect(loadConfig(development()).hashConcurrency).toBeLessThanOrEqual(3);
  });

  it('cannot be changed afterwards', () => {
    const config = loadConfig(development());
    expect([config, config.encryptionKeys, config.encryptionKeys[0], config.corsOrigins].every(Object.isFrozen)).toBe(
      true,
    );
  });
});

describe('development', () => {
  it('refuses a DATABASE_URL until NODE_ENV is said in words', () => {
    const env = { ...development(), DATABASE_URL: 'postgresql://127.0.0.1/test' };
    expect(refused(env)).toEqual(['DATABASE_URL']);
    expect(loadConfig({ ...env, NODE_ENV: 'test' }).databaseUrl).toBe('postgresql://127.0.0.1/test');
    expect(loadConfig({ ...env, NODE_ENV: 'development' }).databaseUrl).toBe('postgresql://127.0.0.1/test');
  });

  it('refuses to listen beyond this machine until NODE_ENV is said in words', () => {
    const env = { ...development(), HOST: '0.0.0.0' };
    expect(refused(env)).toEqual(['HOST']);
    expect(refused({ ...env, HOST: '::' })).toEqual(['HOST']);
    expect(refused({ ...env, HOST: '127.example.com' })).toEqual(['HOST']);
    expect(loadConfig({ ...env, NODE_ENV: 'development' }).host).toBe('0.0.0.0');
  });

  it('listens on any address of this machine', () => {
    expect(loadConfig({ ...development(), HOST: 'localhost' }).host).toBe('localhost');
    expect(loadConfig({ ...development(), HOST: '::1' }).host).toBe('::1');
    expect(loadConfig({ ...development(), HOST: '127.0.0.2' }).host).toBe('127.0.0.2');
  });

  it('generates a key once, says so once and keeps it', () => {
    const first = loadConfig(development());
    const second = loadConfig(development());
    expect(first.notices).toEqual([expect.stringContaining('ENCRYPTION_KEYS')]);
    expect(second.notices).toEqual([]);
    expect(second.encryptionKeys).toEqual(first.encryptionKeys);
  });

  it('generates secrets of its own for HS256', () => {
    const config = loadConfig({ ...development(), SIGNING_ALGORITHM: 'HS256' });
    expect(config.jwtSecrets).toEqual([{ kid: 'development', secret: expect.any(Buffer) as Buffer }]);
    expect(config.jwtSecrets[0]?.secret.equals(config.encryptionKeys[0]?.key ?? Buffer.alloc(0))).toBe(false);
  });

  it('keeps what it generates to the owner', () => {
    loadConfig(development());
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir())).toEqual(['encryption-keys']);
    expect(statSync(join(dataDir(), 'encryption-keys')).mode & 0o777).toBe(0o600);
  });

  it('closes an empty folder that others can read', () => {
    mkdirSync(dataDir());
    chmodSync(dataDir(), 0o755);
    loadConfig(development());
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700);
  });

  it("refuses somebody's folder that others can read, and leaves it as it is", () => {
    mkdirSync(dataDir());
    chmodSync(dataDir(), 0o755);
    writeFileSync(join(dataDir(), 'thesis.txt'), '');
    expect(refused(development())).toEqual(['DATA_DIR']);
    expect(statSync(dataDir()).mode & 0o777).toBe(0o755);
    expect(readdirSync(dataDir())).toEqual(['thesis.txt']);
  });

  it('ends with one key when several processes start at once', async () => {
    const program = `
      const { loadConfig } = await import('../src/config.ts');
      const { encryptionKeys, notices } = loadConfig(process.env);
      console.log(encryptionKeys[0].key.toString('hex'), notices.length);`;
    const outputs = await Promise.all([run(program), run(program), run(program)]);
    const runs = outputs.map((output) => output.trim().split(' '));
    expect(new Set(runs.map(([key]) => key)).size).toBe(1);
    expect(runs.map(([, notices]) => notices).sort()).toEqual(['0', '0', '1']);
    expect(readdirSync(dataDir())).toEqual(['encryption-keys']);
  });

  async function run(program: string): Promise<string> {
    const args = ['--import', './scripts/typescript.mjs', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, args, { env: development(), stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve) => child.on('close', resolve));
    return Buffer.concat(chunks).toString();
  }
});

describe('DATA_DIR', () => {
  it('is named when it is a file', () => {
    writeFileSync(dataDir(), '');
    expect(refusal(development()).message).toContain('DATA_DIR: is a file');
  });

  it('is named when it lies below a file', () => {
    writeFileSync(dataDir(), '');
    expect(refused({ DATA_DIR: join(dataDir(), 'below') })).toEqual(['DATA_DIR']);
  });

  it('is named when it cannot be made', () => {
    // No user can make a folder there, not even root, whom permission bits do not stop.
    expect(refusal({ DATA_DIR: '/proc/gatehouse' }).message).toContain('DATA_DIR: cannot be written');
  });

  it('is named when what was generated there is damaged', () => {
    mkdirSync(dataDir(), { mode: 0o700 });
    writeFileSync(join(dataDir(), 'encryption-keys'), 'development:\n');
    expect(refused(development())).toEqual(['DATA_DIR']);
  });

  it('is not made when nothing needs it', () => {
    loadConfig({ ...production(), DATA_DIR: dataDir() });
    expect(existsSync(dataDir())).toBe(false);
  });
});

describe('production', () => {
  it('starts with what it requires', () => {
    expect(loadConfig(production())).toMatchObject({ nodeEnv: 'production', notices: [] });
  });

  it('requires PUBLIC_URL, DATABASE_URL, ENCRYPTION_KEYS and MAIL_URL', () => {
    expect(refused({ NODE_ENV: 'production', DATA_DIR: dataDir() })).toEqual([
      'PUBLIC_URL',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'MAIL_URL',
    ]);
    expect(existsSync(dataDir())).toBe(false);
  });

  it('requires JWT_SECRETS with HS256', () => {
    expect(refused({ ...production(), SIGNING_ALGORITHM: 'HS256' })).toEqual(['JWT_SECRETS']);
  });

  it('takes MAIL_URL=off only when sign-up is closed', () => {
    expect(refused({ ...production(), MAIL_URL: 'off' })).toEqual(['MAIL_URL']);
    expect(loadConfig({ ...production(), MAIL_URL: 'off', SIGN_UP: 'closed' }).mailUrl).toBe('off');
  });

  it('wants https for what others reach', () => {
    const env = { ...production(), PUBLIC_URL: 'http://id.example.com', APP_URL: 'http://app.example.com' };
    expect(refused(env)).toEqual(['PUBLIC_URL', 'APP_URL']);
    expect(loadConfig({ ...production(), PUBLIC_URL: 'http://localhost:4000' }).publicUrl).toBe(
      'http://localhost:4000',
    );
  });
});

describe('secrets', () => {
  const secretProblem = (secret: string) => refusal({ ...production(), JWT_SECRETS: `k:${secret}` }).message;

  it('are refused when they are short', () => {
    expect(secretProblem('short')).toMatch(/^JWT_SECRETS: key 1 has fewer than 32 bytes/m);
  });

  it('are refused when they are words', () => {
    const phrase = Buffer.from('correct horse battery staple, correct horse').toString('base64url');
    expect(secretProblem(phrase)).toMatch(/^JWT_SECRETS: key 1 is text/m);
    expect(secretProblem('your-256-bit-secret-your-256-bit-secret-abc')).toMatch(/^JWT_SECRETS: key 1 spells a word/m);
  });

  it('are refused when they repeat themselves', () => {
    expect(secretProblem(Buffer.alloc(32).toString('base64url'))).toMatch(/^JWT_SECRETS: key 1 repeats/m);
    const doubled = Buffer.from(generateSecret(), 'base64url').subarray(0, 16);
    expect(secretProblem(Buffer.concat([doubled, doubled]).toString('base64url'))).toMatch(
      /^JWT_SECRETS: key 1 repeats/m,
    );
  });

  it('are refused when they count or have few different bytes', () => {
    expect(secretProblem(bytes((index) => 200 + index).toString('base64url'))).toMatch(/^JWT_SECRETS: key 1 counts/m);
    expect(secretProblem(bytes((index) => (index * index) % 11).toString('base64url'))).toMatch(
      /^JWT_SECRETS: key 1 /m,
    );
  });

  it('are refused when a specification prints them', () => {
    expect(secretProblem('hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg')).toMatch(/^JWT_SECRETS: key 1 is a published/m);
  });

  it('are refused when they are not base64url', () => {
    expect(secretProblem(`${generateSecret()}=`)).toMatch(/^JWT_SECRETS: key 1 is not base64url/m);
  });

  it('are never refused when they are random', () => {
    const secrets = Array.from({ length: 1000 }, (_, index) => `k${index}:${generateSecret()}`);
    expect(loadConfig({ ...production(), ENCRYPTION_KEYS: secrets.join(',') }).encryptionKeys).toHaveLength(1000);
  });

  it('have ids that are short, plain and unique', () => {
    const [one, two] = [generateSecret(), generateSecret()];
    expect(refused({ ...production(), ENCRYPTION_KEYS: `a/b:${one}` })).toEqual(['ENCRYPTION_KEYS']);
    expect(refused({ ...production(), ENCRYPTION_KEYS: `${'a'.repeat(33)}:${one}` })).toEqual(['ENCRYPTION_KEYS']);
    expect(refused({ ...production(), ENCRYPTION_KEYS: `a:${one},a:${two}` })).toEqual(['ENCRYPTION_KEYS']);
    expect(refused({ ...production(), ENCRYPTION_KEYS: `a:${one},b:${one}` })).toEqual(['ENCRYPTION_KEYS']);
  });

  it('seal with exactly 32 bytes', () => {
    const longer = Buffer.concat([generateSecret(), generateSecret()].map((text) => Buffer.from(text, 'base64url')));
    expect(refused({ ...production(), ENCRYPTION_KEYS: `k:${longer.toString('base64url')}` })).toEqual([
      'ENCRYPTION_KEYS',
    ]);
  });

  it('serve one purpose', () => {
    const { ENCRYPTION_KEYS } = production();
    expect(refused({ ...production(), ENCRYPTION_KEYS, JWT_SECRETS: ENCRYPTION_KEYS })).toEqual(['JWT_SECRETS']);
  });

  it('of HS256 are out of reach of any other algorithm', () => {
    const env = { ...production(), JWT_SECRETS: `k:${generateSecret()}` };
    expect(loadConfig(env).jwtSecrets).toEqual([]);
    expect(loadConfig({ ...env, SIGNING_ALGORITHM: 'HS256' }).jwtSecrets).toHaveLength(1);
  });

  it('keep their order', () => {
    const env = { ...production(), ENCRYPTION_KEYS: `new:${generateSecret()}, old:${generateSecret()}` };
    expect(loadConfig(env).encryptionKeys.map(({ id }) => id)).toEqual(['new', 'old']);
  });
});

describe('NAME_FILE', () => {
  const file = (content: string) => {
    const path = join(folder, 'variable');
    writeFileSync(path, content);
    return path;
  };

  it('gives the variable the content of the file without the line break at its end', () => {
    expect(loadConfig({ ...development(), TOKEN_ISSUER_FILE: file('issuer\n') }).tokenIssuer).toBe('issuer');
    expect(loadConfig({ ...development(), PORT_FILE: file('4001\r\n') }).port).toBe(4001);
  });

  it('is an error beside NAME', () => {
    expect(refused({ ...development(), PORT: '4000', PORT_FILE: file('4000') })).toEqual(['PORT']);
  });

  it('is an error when the file is missing or empty, not a reason to generate a key', () => {
    expect(refused({ ...development(), ENCRYPTION_KEYS_FILE: join(folder, 'nowhere') })).toEqual(['ENCRYPTION_KEYS']);
    expect(refused({ ...development(), ENCRYPTION_KEYS_FILE: file('\n') })).toEqual(['ENCRYPTION_KEYS']);
  });

  it('counts as said in words', () => {
    expect(loadConfig({ ...development(), NODE_ENV_FILE: file('test\n'), HOST: '0.0.0.0' }).nodeEnv).toBe('test');
  });
});

describe('hashing', () => {
  it("reaches one of OWASP's minimum sets", () => {
    expect(refused({ ...development(), ARGON2_MEMORY_KIB: '7168' })).toEqual(['ARGON2_MEMORY_KIB']);
    expect(refused({ ...production(), ARGON2_PASSES: '1' })).toEqual(['ARGON2_MEMORY_KIB']);
    expect(loadConfig({ ...production(), ARGON2_MEMORY_KIB: '7168', ARGON2_PASSES: '5' }).argon2Passes).toBe(5);
  });

  it('may be cheap in tests, within RFC 9106', () => {
    const env = { ...development(), NODE_ENV: 'test', ARGON2_MEMORY_KIB: '64', ARGON2_PASSES: '1' };
    expect(loadConfig(env).argon2MemoryKib).toBe(64);
    expect(refused({ ...env, ARGON2_LANES: '9' })).toEqual(['ARGON2_MEMORY_KIB']);
  });
});

describe('network', () => {
  it('takes exact origins only', () => {
    const origins = (text: string) => ({ ...development(), CORS_ORIGINS: text });
    expect(loadConfig(origins('https://a.example, http://localhost:3000')).corsOrigins).toEqual([
      'https://a.example',
      'http://localhost:3000',
    ]);
    expect(refused(origins('*'))).toEqual(['CORS_ORIGINS']);
    expect(refused(origins('null'))).toEqual(['CORS_ORIGINS']);
    expect(refused(origins('https://a.example/'))).toEqual(['CORS_ORIGINS']);
    expect(refused(origins('https://*.example'))).toEqual(['CORS_ORIGINS']);
  });

  it('trusts the proxies that are counted or named, never all', () => {
    const proxies = (text: string) => ({ ...development(), TRUST_PROXY: text });
    expect(loadConfig(proxies('false')).trustProxy).toBe(false);
    expect(loadConfig(proxies('1')).trustProxy).toBe(1);
    expect(loadConfig(proxies('10.0.0.0/8, fd00::/8, 192.0.2.1')).trustProxy).toEqual([
      '10.0.0.0/8',
      'fd00::/8',
      '192.0.2.1',
    ]);
    expect(refused(proxies('true'))).toEqual(['TRUST_PROXY']);
    expect(refused(proxies('0.0.0.0/0'))).toEqual(['TRUST_PROXY']);
    expect(refused(proxies('10.0.0.0/33'))).toEqual(['TRUST_PROXY']);
  });

  it('keeps URLs without the slash at their end', () => {
    expect(loadConfig({ ...development(), PUBLIC_URL: 'https://id.example.com/' }).publicUrl).toBe(
      'https://id.example.com',
    );
    expect(refused({ ...development(), PUBLIC_URL: 'https://user@id.example.com' })).toEqual(['PUBLIC_URL']);
    expect(refused({ ...development(), PUBLIC_URL: 'javascript:alert(1)' })).toEqual(['PUBLIC_URL']);
  });

  it('asks a range service over https, or on this machine, at a URL that five characters complete', () => {
    const range = (LEAKED_PASSWORDS_URL: string) => ({ ...development(), LEAKED_PASSWORDS_URL });
    const url = 'https://api.pwnedpasswords.com/range/';
    expect(loadConfig(range(url))).toMatchObject({
      leakedPasswordsUrl: url,
      leakedPasswordsTimeoutSeconds: 2,
      leakedPasswordsFail: 'open',
    });
    expect(loadConfig(range('http://127.0.0.1:8080/range/')).leakedPasswordsUrl).toBe('http://127.0.0.1:8080/range/');
    for (const other of [
      'http://api.pwnedpasswords.com/range/',
      'https://api.pwnedpasswords.com/range',
      'https://user:password@api.pwnedpasswords.com/range/',
      'https://api.pwnedpasswords.com/range/?mode=ntlm&prefix=/',
      'https://api.pwnedpasswords.com/range/#/',
      'file:///range/',
    ])
      expect(refused(range(other))).toEqual(['LEAKED_PASSWORDS_URL']);
  });

  it('reaches a database past a pooler only when there is one', () => {
    expect(refused({ ...development(), DATABASE_DIRECT_URL: 'postgresql://db/x' })).toEqual(['DATABASE_DIRECT_URL']);
  });

  it('speaks to a mail server over TLS, and in the clear to this machine alone unless that is said', () => {
    const server = (text: string) => loadConfig({ ...production(), MAIL_URL: text }).mailUrl;
    expect(server('smtps://smtp.example.com')).toEqual({ host: 'smtp.example.com', port: 465, tls: 'implicit' });
    expect(server('smtp://smtp.example.com')).toEqual({ host: 'smtp.example.com', port: 587, tls: 'starttls' });
    expect(server('smtp://smtp.example.com:25?tls=required')).toMatchObject({ port: 25, tls: 'starttls' });
    expect(server('smtp://relay.example.com:25?tls=off')).toMatchObject({ tls: 'none' });
    expect(server('smtp://localhost:1025')).toEqual({ host: 'localhost', port: 1025, tls: 'none' });
    expect(server('smtp://[::1]:1025/')).toEqual({ host: '::1', port: 1025, tls: 'none' });
    expect(server('smtp://127.0.0.1?tls=required')).toMatchObject({ tls: 'starttls' });
    // Only what is this machine in so many letters.
    expect(server('smtp://127.example.com')).toMatchObject({ tls: 'starttls' });
    expect(server('smtp://LOCALHOST')).toMatchObject({ tls: 'starttls' });
  });

  it('never shows a mail server’s password to the network', () => {
    const text = 'smtp://ada:p%40ss%3A@smtp.example.com';
    const auth = { user: 'ada', pass: 'p@ss:' };
    expect(loadConfig({ ...production(), MAIL_URL: text }).mailUrl).toMatchObject({ tls: 'starttls', auth });
    const { message } = refusal({ ...production(), MAIL_URL: `${text}?tls=off` });
    expect(message).toMatch(/^MAIL_URL: has a user and `tls=off`/m);
    expect(message).not.toMatch(/ada|p%40ss|smtp\.example/);
    expect(loadConfig({ ...production(), MAIL_URL: 'smtp://ada:secret@localhost' }).mailUrl).toMatchObject({
      tls: 'none',
    });
  });

  it.each([
    'smtp://',
    'smtp:smtp.example.com',
    'http://smtp.example.com',
    'smtp://smtp.example.com/path',
    'smtp://smtp.example.com#fragment',
    'smtps://smtp.example.com?tls=off',
    'smtps://smtp.example.com?tls.rejectUnauthorized=false',
    'smtp://smtp.example.com?ignoreTLS=true',
    'smtp://smtp.example.com?tls=required&logger=true',
    'smtp://smtp.example.com?tls=maybe',
    'smtp://ada@smtp.example.com',
    'smtp://:secret@smtp.example.com',
    'smtp://a%zz:b@smtp.example.com',
    'FILE:',
  ])('does not take %s for a mail server', (text) => {
    expect(refused({ ...production(), MAIL_URL: text })).toEqual(['MAIL_URL']);
  });

  it('takes one sender and no header with it', () => {
    expect(refused({ ...development(), MAIL_FROM: 'a@example.com\r\nBcc: b@example.com' })).toEqual(['MAIL_FROM']);
    expect(loadConfig({ ...development(), MAIL_FROM: 'Example <a@example.com>' }).mailFrom).toBe(
      'Example <a@example.com>',
    );
  });
});

describe('a refusal', () => {
  it('reports everything at once, the folder too', () => {
    writeFileSync(dataDir(), '');
    expect(refused({ ...development(), PORT: 'x', SIGN_UP: 'maybe', JWT_SECRETS: 'k:short' })).toEqual([
      'PORT',
      'JWT_SECRETS',
      'SIGN_UP',
      'DATA_DIR',
    ]);
  });

  it('never prints a value', () => {
    const canary = 'canary-7f3a';
    const env = Object.fromEntries(Object.keys(variables).map((name) => [name, `${canary} ${name}\0`]));
    const { message, problems } = refusal(env);
    expect(problems.length).toBeGreaterThan(25);
    expect(message).not.toContain('canary');
  });

  it('never prints the key whose neighbour is wrong', () => {
    const secret = generateSecret();
    expect(refusal({ ...production(), ENCRYPTION_KEYS: `k1:${secret},k2:short` }).message).not.toContain(secret);
  });

  it('generates nothing', () => {
    expect(refused({ ...development(), PORT: 'x' })).toEqual(['PORT']);
    expect(existsSync(join(dataDir(), 'encryption-keys'))).toBe(false);
  });
});

describe('notices', () => {
  it('say that sign-up tells when addresses need no proof', () => {
    const { notices } = loadConfig({ ...production(), REQUIRE_VERIFIED_EMAIL: 'false' });
    expect(notices).toEqual([expect.stringContaining('REQUIRE_VERIFIED_EMAIL')]);
  });

  it('say that mail can be read on its way to a server without TLS', () => {
    const noticesWith = (text: string) => loadConfig({ ...production(), MAIL_URL: text }).notices;
    expect(noticesWith('smtp://relay.example.com?tls=off')).toEqual([expect.stringContaining('MAIL_URL')]);
    expect(noticesWith('smtp://localhost')).toEqual([]);
  });

  it('name the file of a generated key, never the key', () => {
    const { notices } = loadConfig(development());
    const file = join(dataDir(), 'encryption-keys');
    expect(notices.join()).toContain(file);
    expect(notices.join()).not.toContain(readFileSync(file, 'utf8').trim().split(':')[1]);
  });
});
