import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createFirstAdministrator, type FirstAdministratorOptions } from '../../src/server/first-administrator.js';

type Users = FirstAdministratorOptions['auth']['users'];

let dataDir: string;
let file: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-administrator-'));
  file = join(dataDir, 'admin-password');
});

afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const output = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

/** Removes what makes text bold. */
const plain = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');

/** A database without users that keeps what was announced by the time the account is created. */
const emptyDatabase = (announced: () => string) => {
  const created: { password: string; roles: readonly string[]; announced: string }[] = [];
  const users = {
    any: () => Promise.resolve(false),
    create: ({ password, roles }: Parameters<Users['create']>[0]) => {
      created.push({ password, roles, announced: announced() });
      return Promise.resolve({});
    },
  } as unknown as Users;
  return { users, created };
};

describe('the first administrator', () => {
  it('is announced with its password on a terminal before it is created', async () => {
    const terminal = output(true);
    const { users, created } = emptyDatabase(() => plain(terminal.written.join('')));
    const administrator = await createFirstAdministrator({ auth: { users }, dataDir, terminal });
    const [account] = created;
    expect(account?.roles).toEqual(['ADMIN']);
    expect(account?.password).toMatch(/^[\w-]{24}$/);
    expect(account?.announced).toBe(`\nFirst administrator: admin@example.com, password ${account?.password}\n`);
    expect(administrator).toEqual({ email: 'admin@example.com', passwordInShell: account?.password });
    expect(existsSync(file)).toBe(false);
  });

  it('is announced elsewhere, before it is created, with a file that has its password and that its owner alone may read', async () => {
    const pipe = output(false);
    const { users, created } = emptyDatabase(() => plain(pipe.written.join('')) + readFileSync(file, 'utf8'));
    const administrator = await createFirstAdministrator({ auth: { users }, dataDir, terminal: pipe });
    const [account] = created;
    expect(account?.announced).toBe(
      `\nFirst administrator: admin@example.com, password in ${file}\n${account?.password}\n`,
    );
    expect(administrator?.passwordInShell).toBe(`'"$(cat '${file}')"'`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not created in a database with users', async () => {
    const terminal = output(true);
    const { users, created } = emptyDatabase(() => '');
    const auth = { users: { ...users, any: () => Promise.resolve(true) } };
    expect(await createFirstAdministrator({ auth, dataDir, terminal })).toBeUndefined();
    expect({ created, written: terminal.written }).toEqual({ created: [], written: [] });
  });

  it('is not announced as created when it was not', async () => {
    const users = {
      any: () => Promise.resolve(false),
      create: () => Promise.resolve({ failure: 'WEAK_PASSWORD', reasons: ['LEAKED'] }),
    } as unknown as Users;
    await expect(createFirstAdministrator({ auth: { users }, dataDir, terminal: output(true) })).rejects.toThrow(
      'The first administrator could not be created: WEAK_PASSWORD',
    );
  });
});

describe('a process that is killed while it creates the first administrator', () => {
  const PROGRAM = `
    const { createFirstAdministrator } = await import('./src/server/first-administrator.ts');
    const users = { any: async () => false, create: () => process.kill(process.pid, 'SIGKILL') };
    const { DATA_DIR: dataDir } = process.env;
    await createFirstAdministrator({ auth: { users }, dataDir, terminal: process.stdout });`;
  const COMMAND = `exec "${process.execPath}" --import ./scripts/typescript.mjs --input-type=module --eval "$PROGRAM"`;

  /** Runs the program in a shell, and returns everything that it wrote before it was killed. */
  const outputOf = async (command: string, ...args: readonly string[]): Promise<string> => {
    // Standard input stays open: `script` would pass its end on to the program.
    const env = { PATH: process.env['PATH'], SHELL: '/bin/sh', NO_COLOR: '1', DATA_DIR: dataDir, PROGRAM };
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    return Buffer.concat(chunks).toString();
  };

  it('has left its password in the file when the output is a pipe', async () => {
    expect(await outputOf('/bin/sh', '-c', COMMAND)).toContain(`password in ${file}\n`);
    expect(readFileSync(file, 'utf8')).toMatch(/^[\w-]{24}\n$/);
  });

  // util-linux has the options that run a command in a pseudo terminal.
  if (spawnSync('sh', ['-c', 'script --version | grep -q util-linux']).status === 0) {
    it('has shown its password when the output is a terminal', async () => {
      expect(await outputOf('script', '--quiet', '--return', '--command', COMMAND, '/dev/null')).toMatch(
        /First administrator: admin@example\.com, password [\w-]{24}\r\n/,
      );
      expect(existsSync(file)).toBe(false);
    });
  }
});
