import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildSchema, parse, validate } from 'graphql';

import { COMMAND_TIMEOUT_MS } from '../support/commands.js';
import { freePort } from '../support/program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SESSION = 'docs/getting-started.md';
const guides = ['README.md', SESSION, 'docs/clients.md', 'docs/deployment.md'];

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocksOf = (page: string): Block[] =>
  Array.from(
    readFileSync(join(root, page), 'utf8').matchAll(/^```(\w+)\n([^]*?)^```$/gm),
    ([, language = '', text = '']) => ({ language, text }),
  );

const textsIn = (page: string, wanted: string): string[] =>
  blocksOf(page)
    .filter(({ language }) => language === wanted)
    .map(({ text }) => text);

/** Shell commands of the guides that no test runs as they are written, and why. */
const notRun: Readonly<Record<string, string>> = {
  'npm install && npm start': 'it installs packages from the registry; the session starts the server',
  'CORS_ORIGINS=http://localhost:5173 APP_URL=http://localhost:5173 npm start':
    'test/examples/vite.browser.test.ts starts the server with these variables',
  "echo 'correct horse battery staple' | npm run --silent cli -- user create --email ada@example.com --verified --password-stdin":
    'the session runs the same command',
  'npm create --yes vite@8 my-app -- --template vanilla-ts --no-interactive': 'it installs packages from the registry',
  'cd my-app': 'the folder is that of the application',
  'npm install graphql graphql-request': 'it installs packages from the registry',
  'cp ../gatehouse/examples/clients/{session,storage,graphql-request,main}.ts src/':
    'test/examples/vite.browser.test.ts serves these files',
  'npm run dev': 'test/examples/vite.browser.test.ts serves these files',
  'npm test': 'it runs this test',
  'npm run build && npm ci --prefix dist':
    'it installs packages from the registry; test/build.test.ts builds and serves the folder',
  '(umask 077; set -C; echo "2026:$(node dist/cli.js secret generate)" > encryption-keys)':
    'it needs the built folder; test/commands/secret.test.ts runs the command',
  'node --env-file=gatehouse.env dist/main.js':
    'it needs the built folder; test/build.test.ts starts the server with the documented file',
  "echo 'a password of your own' | node --env-file=gatehouse.env dist/cli.js user create --email you@example.com --role ADMIN --verified --password-stdin":
    'it needs the built folder; test/build.test.ts runs the command',
};

/** The commands of a shell block, each on one line and without its comment. */
const commandsIn = (block: string): string[] =>
  block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');

/** Whether a response is what is documented, and no more. A text that ends in an ellipsis stands for every text that begins like it. */
const isAsDocumented = (documented: unknown, actual: unknown): boolean => {
  if (typeof documented === 'string' && documented.endsWith('…'))
    return typeof actual === 'string' && actual.startsWith(documented.slice(0, -1));
  if (typeof documented !== 'object' || documented === null) return documented === actual;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Object.keys(documented).sort().join() !== Object.keys(actual).sort().join()) return false;
  return Object.entries(documented).every(([name, value]) =>
    isAsDocumented(value, (actual as Readonly<Record<string, unknown>>)[name]),
  );
};

/** The JSON in the output of a command, which may print other lines before it. */
const responseIn = (output: string): unknown => JSON.parse(output.slice(output.search(/^\{/m)));

/** A folder in which the commands find this repository, and that has a `.data` of its own. */
const linkRepository = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-getting-started-'));
  for (const name of ['package.json', 'node_modules', 'scripts', 'src', 'prisma', 'data'])
    symlinkSync(join(root, name), join(folder, name));
  return folder;
};

/** Less than Jest allows the test, so that a session that hangs is reported with its output. */
const SESSION_TIMEOUT_MS = COMMAND_TIMEOUT_MS / 2;

const MARK = '== end of a block ==';

/** Runs blocks in one shell, and returns the output of each. @throws Error when a command fails */
const runInShell = async (folder: string, blocks: readonly string[]): Promise<string[]> => {
  const port = await freePort();
  // Job control, as in the shell of a reader; the server ends with the shell, also when a command fails.
  const script = ["set -eum -o pipefail; trap 'kill %1 2>/dev/null || true; wait' EXIT", ...blocks]
    .map((block) => block.replaceAll('localhost:4000', `localhost:${port}`))
    .join(`\necho; echo '${MARK}'\n`);
  const shell = spawn('bash', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SESSION_TIMEOUT_MS,
  });
  let output = '';
  let errors = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(shell, 'close')) as [number | null];
  if (code !== 0) throw new Error(`exit code ${String(code)}\n${output}\n${errors}`);
  return output.split(MARK).slice(1);
};

describe(`the session of ${SESSION}`, () => {
  let folder: string;

  beforeAll(() => {
    folder = linkRepository();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'runs as written, with the responses that it shows, and so does the login of the README',
    async () => {
      const shown = blocksOf(SESSION).filter(({ language }) => language === 'sh' || language === 'json');
      const steps = shown.flatMap(({ language, text }, index) => {
        const next = shown[index + 1];
        return language === 'sh'
          ? [{ command: text, response: next?.language === 'json' ? next.text : undefined }]
          : [];
      });
      const [document = ''] = textsIn('README.md', 'graphql');
      const [response] = textsIn('README.md', 'json');
      const login = { command: `post -d '${JSON.stringify({ query: document })}'`, response };
      const session = [...steps.slice(0, -1), login, ...steps.slice(-1)];
      expect(session.filter((step) => step.response !== undefined).length).toBeGreaterThan(5);

      const outputs = await runInShell(
        folder,
        session.map(({ command }) => command),
      );
      for (const [index, { command, response }] of session.entries()) {
        if (response === undefined) continue;
        const actual = responseIn(outputs[index] ?? '');
        const documented: unknown = JSON.parse(response);
        expect({ command, actual, isAsDocumented: isAsDocumented(documented, actual) }).toEqual({
          command,
          actual,
          isAsDocumented: true,
        });
      }
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('a shell command', () => {
  const commands = guides.filter((page) => page !== SESSION).flatMap((page) => textsIn(page, 'sh').flatMap(commandsIn));

  it.each(commands)('of another guide runs in a test, or is listed with the reason why not: %s', (command) => {
    expect(Object.keys(notRun)).toContain(command);
  });

  it('is not listed when no guide has it', () => {
    expect(Object.keys(notRun).filter((command) => !commands.includes(command))).toEqual([]);
  });
});

describe('a GraphQL document', () => {
  const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
  const documents = guides.flatMap((page) => textsIn(page, 'graphql').map((text) => [page, text] as const));

  it.each(documents)('of %s is valid in the schema', (_page, text) => {
    expect(validate(schema, parse(text))).toEqual([]);
  });
});
