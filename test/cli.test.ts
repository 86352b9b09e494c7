import { readdir, readFile } from 'node:fs/promises';

import { openCommands, type Commands } from './support/commands.js';

const ADA = 'ada@example.com';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: false });
});

afterAll(() => commands.close());

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
    [['keys']],
    [['keys', 'list']],
    [['keys', 'reseal']],
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
    const { code, stdout, stderr } = await commands.run([...command, '--help'], '', { DATA_DIR: '/proc/none' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: ${['gatehouse', ...command].join(' ')}\\b`));
    expect(stdout).toMatch(/\n[A-Z][^]*\.\n/);
  });

  it('is printed on standard error after a wrong command, with exit code 1', async () => {
    for (const args of [
      ['user', 'promote'],
      ['user', 'grant', '--email', ADA],
      ['token', 'inspect'],
      ['frob\u001b[2J\r\u202enicate'],
    ]) {
      const { code, stdout, stderr } = await commands.run(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: .*\n\nUsage: gatehouse/);
      // F11: an argument does not act on the terminal.
      expect(stderr).toMatch(/^[\n\x20-\x7e]*$/);
    }
  });

  it('names every command that a document names', async () => {
    const documents = [
      'README.md',
      ...(await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
    ];
    const text = (await Promise.all(documents.map((name) => readFile(name, 'utf8')))).join('\n');
    const named = new Set(Array.from(text.matchAll(/(?:run cli --|dist\/cli\.js) ([a-z]+)/g), ([, name = '']) => name));
    expect(named.size).toBeGreaterThan(5);
    const { stdout } = await commands.run(['--help']);
    for (const name of named) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });
});
