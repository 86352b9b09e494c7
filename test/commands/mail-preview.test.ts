import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openCommands, type Commands } from '../support/commands.js';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: false });
});

afterAll(() => commands.close());

describe('mail preview', () => {
  it('writes every message in every language, without a database', async () => {
    const [out, empty] = [join(commands.dataDir, 'preview'), join(commands.dataDir, 'empty')];
    const { code, stdout, stderr } = await commands.run(['mail', 'preview', '--out', out], '', { DATA_DIR: empty });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Wrote \d+ files to /);
    expect(stdout).toContain(` ${out}.\n`);
    expect(await readFile(join(out, 'de', 'reset-password.txt'), 'utf8')).toMatch(/^Subject: Wählen Sie .*\n\n/);
    expect(await readFile(join(out, 'en', 'new-device-unknown.html'), 'utf8')).toContain('Device: unknown');
    expect(await readdir(empty)).toEqual(['encryption-keys']);
  });

  it('writes to the default folder when --out is empty, as an unset variable of a shell leaves it', async () => {
    const { stdout } = await commands.run(['mail', 'preview', '--out', '']);
    expect(stdout).toContain(` files to ${join(commands.dataDir, 'mail-preview')}.\n`);
  });

  it('fails on an invalid text as the server does, before either opens the database', async () => {
    const templates = join(commands.dataDir, 'templates');
    await mkdir(templates);
    await writeFile(join(templates, 'fr.json'), '{"verify-email":{"subject":"{who}"}}');
    const env = { MAIL_TEMPLATES_DIR: templates, DATABASE_URL: 'postgresql://127.0.0.1:1/none' };
    for (const command of [['mail', 'preview'], ['serve']]) {
      const { code, stdout, stderr } = await commands.run(command, '', env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^The files in MAIL_TEMPLATES_DIR contain errors\. Correct them and start again\.\nfr\.json: verify-email\.subject: \{who\} is not a placeholder/,
      );
    }
  });
});
