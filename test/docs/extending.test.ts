import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { COMMAND_TIMEOUT_MS } from '../support/commands.js';

const leftOut = ['.git', '.data', 'coverage', 'dist', 'node_modules'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-extending-'));
  for (const name of readdirSync('.').filter((it) => !leftOut.includes(it)))
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** @throws Error when the command fails */
const run = (program: string, args: readonly string[], input = ''): void => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
};

/** Does what a reader does with a block: runs it, applies it, or writes it to the file that its first line names. */
const follow = (language: string, text: string): void => {
  const file = /^(?:\/\/|#) (\S+)\n/.exec(text);
  if (language === 'sh') run('bash', ['-euc', text]);
  else if (language === 'diff') run('git', ['apply', '-'], text);
  else if (file?.[1] !== undefined) writeFileSync(join(folder, file[1]), text.slice(file[0].length));
  else throw new Error(`Nobody knows what to do with:\n${text}`);
};

describe('docs/extending.md', () => {
  it(
    'is followed block by block to an application whose types and tests pass',
    () => {
      const page = readFileSync('docs/extending.md', 'utf8');
      const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
      expect(blocks.length).toBeGreaterThan(5);
      for (const [, language = '', text = ''] of blocks) follow(language, text);
      run(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']);
    },
    COMMAND_TIMEOUT_MS,
  );
});
