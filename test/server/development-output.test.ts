import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { openMailbox, tokenIn } from '../support/mailbox.js';
import { freePort } from '../support/program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = `'${process.execPath}' --liftoff-only --import '${root}scripts/typescript.mjs' '${root}src/main.ts'`;
const EMAIL = 'grace@example.com';

/** Whether the program of util-linux is installed that runs a command in a terminal. */
const hasTerminals = String(spawnSync('script', ['--version']).stdout).includes('util-linux');

let dataDir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-output-'));
});

afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts a server, signs somebody up, and returns what was printed when it has `pattern`, and the token of the email. */
const outputOf = async (command: readonly [string, ...string[]], env: NodeJS.ProcessEnv, pattern: RegExp) => {
  const [program, ...args] = command;
  const port = await freePort();
  const { PATH, HOME } = process.env;
  const running = spawn(program, args, {
    cwd: dataDir,
    env: { PATH, HOME, DATA_DIR: dataDir, PORT: port, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = running;
  let output = '';
  const printed = (wanted: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!wanted.test(output)) return;
        running.stdout.off('data', look);
        resolve();
      };
      running.stdout.on('data', look);
      running.once('close', () => {
        reject(new Error(output));
      });
      look();
    });
  running.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await printed(/Server listening/);
  const input = `{ email: "${EMAIL}", password: "nanoseconds of copper wire" }`;
  await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `mutation { signUp(input: ${input}) { __typename } }` }),
  });
  const token = tokenIn(await openMailbox(dataDir).waitForLink(EMAIL));
  await printed(pattern);
  return { output, token };
};

describe('in development on a terminal', () => {
  if (!hasTerminals) {
    it('is skipped: it needs the program `script` of util-linux', () => {
      console.warn('The output on a terminal is not tested.');
    });
    return;
  }

  it('a server prints readable lines, the password of the first administrator, and each email with its link', async () => {
    const command = ['script', '-qefc', `exec ${server}`, '/dev/null'] as const;
    const { output, token } = await outputOf(command, {}, /(?=[^]*signUp 200)(?=[^]*\?token=)/);
    expect(output).toMatch(/First administrator: admin@example\.com, password [\w-]{24}\s/);
    expect(output).toContain('CORS_ORIGINS=http://localhost:5173 APP_URL=http://localhost:5173 npm start');
    expect(output).toMatch(/\] INFO: signUp 200 \d+ ms\r?\n/);
    expect(output).toMatch(/Email to grace@example\.com: Confirm your email address\r?\nhttp:\S+\?token=/);
    expect(output).toContain(token);
    expect(output).not.toContain('{"level"');
  });

  it('a server without pino-pretty, which a build does not install, has the log in JSON', async () => {
    const hooks = join(dataDir, 'hooks.mjs');
    await writeFile(
      hooks,
      `import { register } from 'node:module';
      if (!import.meta.url.endsWith('?hooks')) register('${pathToFileURL(hooks).href}?hooks');
      export const resolve = (name, context, next) => {
        if (name === 'pino-pretty') throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      };`,
    );
    const command = [
      'script',
      '-qefc',
      `exec ${server.replace('--import', `--import '${hooks}' --import`)}`,
      '/dev/null',
    ] as const;
    const { output } = await outputOf(command, {}, /(?=[^]*"operation":"signUp")(?=[^]*\?token=)/);
    expect(output).toMatch(/\{"level":30,.*"operation":"signUp","statusCode":200/);
  });
});

describe('an output that is not a terminal', () => {
  it.each(['development', 'test'])('has JSON lines and neither a link nor a password: %s', async (environment) => {
    const command = ['sh', '-c', `exec ${server}`] as const;
    const { output, token } = await outputOf(
      command,
      { NODE_ENV: environment },
      /"operation":"signUp","statusCode":200/,
    );
    expect(output).not.toContain('?token=');
    expect(output).not.toContain(token);
    expect(output).not.toMatch(/password [\w-]{24}\s/);
  });
});
