import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

import { bearer, PASSWORD, type LoginSuccess } from '../support/app.js';
import { LoginDocument, MeDocument, RefreshSessionDocument, SignUpDocument } from '../support/generated/operations.js';
import { prepareDataDir } from '../support/database.js';
import { endPrograms, freePort, start, type Program } from '../support/program.js';

const TIMEOUT_MS = 300_000;
const ADMINISTRATOR = 'admin@example.com';

let parent: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'gatehouse-serve-'));
});

afterAll(endPrograms);

afterAll(async () => {
  await rm(parent, { recursive: true, force: true });
});

interface Server extends Program {
  readonly url: string;
  readonly secondsToReady: number;
}

/** Starts `src/main.ts`, as `npm start` does, and waits until it answers. */
const serve = async (env: NodeJS.ProcessEnv): Promise<Server> => {
  const port = env['PORT'] ?? (await freePort());
  const startedAt = performance.now();
  const program = start('main.ts', { ...env, PORT: port });
  await program.says(/Gatehouse.* is ready at [^]*\n\n/);
  const url = `http://127.0.0.1:${port}`;
  await fetch(`${url}/readyz`);
  return { ...program, url, secondsToReady: (performance.now() - startedAt) / 1000 };
};

const send = async <Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  headers: Record<string, string> = {},
): Promise<{ status: number; data: Data | null | undefined }> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: print(document), variables }),
  });
  return { status: response.status, data: ((await response.json()) as { data?: Data | null }).data };
};

const login = async (url: string, email: string, password: string) => {
  const { data } = await send(url, LoginDocument, { input: { email, password } });
  if (data?.login.__typename !== 'LoginSuccess') throw new Error(`login failed: ${JSON.stringify(data)}`);
  return data.login;
};

const me = async (url: string, accessToken: string) =>
  (await send(url, MeDocument, {}, bearer(accessToken))).data?.me?.email;

describe('one DATA_DIR, from the first start on', () => {
  // A path that a shell would take apart.
  const dataDir = () => join(parent, 'one folder');
  const environment = (): NodeJS.ProcessEnv => ({
    DATA_DIR: dataDir(),
    REQUIRE_VERIFIED_EMAIL: 'false',
    MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1000',
  });
  const password = async () => (await readFile(join(dataDir(), 'admin-password'), 'utf8')).trim();
  let server: Server;
  let tokens: LoginSuccess;

  it(
    'is ready, says where it is, that a browser finds Apollo Sandbox there, and how to log in with a line that works as pasted',
    async () => {
      server = await serve(environment());
      process.stdout.write(`first start ${server.secondsToReady.toFixed(1)} s\n`);
      const [, line = ''] = await server.says(/^ *(curl .*)$/m);
      expect(server.said()).toMatch(/Gatehouse.* is ready at .*http:\/\/localhost:\d+\/graphql/);
      expect(server.said()).toContain('Apollo Sandbox');
      expect(server.said()).toMatch(/http:\/\/localhost:\d+\/explorer is an explorer that needs no internet\./);
      expect(server.said()).toMatch(/First administrator: .*admin@example\.com/);
      const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
      expect(await page.text()).toContain('sandbox');

      const shell = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] });
      const answer = JSON.parse(await text(shell.stdout)) as {
        data: { login: { __typename: string; accessToken: string } };
      };
      expect(answer.data.login.__typename).toBe('LoginSuccess');
      expect(await me(server.url, answer.data.login.accessToken)).toBe(ADMINISTRATOR);
    },
    TIMEOUT_MS,
  );

  it('writes the password to a file that only its owner can read when standard output is no terminal, and nowhere else', async () => {
    const file = join(dataDir(), 'admin-password');
    expect(await password()).toMatch(/^[\w-]{24}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir())).mode & 0o777).toBe(0o700);
    expect(server.said()).not.toContain(await password());
    expect(server.said()).toContain(file);
  });

  it(
    'keeps sessions over a restart, which makes no second administrator: tokens from before go on working',
    async () => {
      tokens = await login(server.url, ADMINISTRATOR, await password());
      server.kill('SIGTERM');
      expect((await server.ended).code).toBe(0);

      server = await serve({ ...environment(), HASH_CONCURRENCY: '1', PORT: new URL(server.url).port });
      process.stdout.write(`second start ${server.secondsToReady.toFixed(1)} s\n`);
      expect(server.said()).not.toContain('First administrator');
      expect(await me(server.url, tokens.accessToken)).toBe(ADMINISTRATOR);
      const input = { refreshToken: tokens.refreshToken ?? '' };
      const { data } = await send(server.url, RefreshSessionDocument, { input });
      expect(data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
    },
    TIMEOUT_MS,
  );

  it(
    'finishes what it has accepted when it is told to stop under load, and ends with 0',
    async () => {
      const input = { email: ADMINISTRATOR, password: await password() };
      const requests: Promise<string>[] = [];
      const attempt = async () => {
        const { status, data } = await send(server.url, LoginDocument, { input });
        answered += 1;
        return `${status} ${data?.login.__typename}`;
      };
      let answered = 0;
      // A server that is faster than its log has answered all of them by now, and is given more.
      while (answered === requests.length) {
        requests.push(...Array.from({ length: 20 }, attempt));
        await server.says(/"POST".*"incoming request"/, requests.length);
      }
      const stoppedAt = performance.now();
      server.kill('SIGTERM');

      // Logins of one account at the same moment count as attempts until they have succeeded.
      const outcomes = new Set(await Promise.all(requests));
      expect([...outcomes].filter((outcome) => outcome !== '200 RateLimitedError')).toEqual(['200 LoginSuccess']);
      expect((await server.ended).code).toBe(0);
      const seconds = (performance.now() - stoppedAt) / 1000;
      process.stdout.write(`stopped under load in ${seconds.toFixed(1)} s\n`);
      await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed');
    },
    TIMEOUT_MS,
  );

  it(
    'has, after it was killed, every user and every session that it had acknowledged',
    async () => {
      const killed = await serve(environment());
      const acknowledged: { email: string; accessToken: string }[] = [];
      /** Users sign up and log in, one after the other, until the server is gone. */
      const arrive = async (queue: number): Promise<void> => {
        for (let number = 0; ; number += 1) {
          const email = `arrival-${queue}-${number}@example.com`;
          const credentials = { email, password: PASSWORD };
          const signedUp = await send(killed.url, SignUpDocument, { input: credentials }).catch(() => undefined);
          if (signedUp?.data?.signUp.__typename !== 'SignUpSuccess') return;
          const tokens = await login(killed.url, email, PASSWORD).catch(() => undefined);
          if (!tokens) return;
          acknowledged.push({ email, accessToken: tokens.accessToken });
          if (acknowledged.length === 20) killed.kill('SIGKILL');
        }
      };
      await Promise.all([1, 2, 3].map(arrive));
      expect((await killed.ended).code).toBeNull();
      expect(acknowledged.length).toBeGreaterThanOrEqual(20);

      const restarted = await serve({ ...environment(), PORT: new URL(killed.url).port });
      for (const { email, accessToken } of acknowledged) {
        expect(await me(restarted.url, accessToken)).toBe(email);
      }
      const last = acknowledged.at(-1);
      expect((await login(restarted.url, last?.email ?? '', PASSWORD)).user.email).toBe(last?.email);
    },
    TIMEOUT_MS,
  );
});

describe('a first start that fails half-way', () => {
  it(
    'announces the administrator again when its password could not be kept the first time',
    async () => {
      const folder = join(parent, 'spoiled start');
      await prepareDataDir(folder);
      await mkdir(join(folder, 'admin-password'), { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const spoiled = start('main.ts', { DATA_DIR: folder, PORT: await freePort() });
      expect((await spoiled.ended).code).toBe(1);

      await rmdir(join(folder, 'admin-password'));
      const server = await serve({ DATA_DIR: folder });
      expect(server.said()).toContain('First administrator: ');
    },
    TIMEOUT_MS,
  );
});

describe('a configuration that cannot be used', () => {
  const CANARY = 'canary-7d1f';
  const production = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://id.example.com',
    DATABASE_URL: `postgresql://${CANARY}@127.0.0.1:1/none`,
    MAIL_URL: `smtp://${CANARY}:${CANARY}@127.0.0.1:1`,
  };

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['a short secret', { SIGNING_ALGORITHM: 'HS256', JWT_SECRETS: `k:${CANARY}` }, /^JWT_SECRETS: /m],
    ['production without a key', production, /^ENCRYPTION_KEYS: is required in production/m],
    ['a database without NODE_ENV', { DATABASE_URL: production.DATABASE_URL }, /^DATABASE_URL: requires NODE_ENV/m],
    ['an open host without NODE_ENV', { HOST: '0.0.0.0' }, /^HOST: .* requires NODE_ENV/m],
  ])(
    '%s: ends before anything is opened, names the variable and prints no value',
    async (_what, env, names) => {
      const dataDir = join(parent, 'refused');
      const { code, stdout, stderr } = await start('main.ts', { DATA_DIR: dataDir, ...env }).ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(existsSync(join(dataDir, 'database'))).toBe(false);
      expect(stderr).toMatch(/^The configuration is invalid\. Correct these variables:\n/);
      expect(stderr).toMatch(names);
      expect(stderr).not.toContain(CANARY);
      expect(stderr).not.toMatch(/^ +at /m);
    },
    TIMEOUT_MS,
  );
});
