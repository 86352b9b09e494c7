import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { loadConfig } from '../../src/config/config.js';
import { createMailQueue } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const ADA = 'ada@example.com';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
});

afterAll(() => commands.close());

describe('outbox', () => {
  const ID = '01900000-0000-7000-8000-000000000001';

  beforeAll(async () => {
    const courier = createMailQueue(createSecretBox(loadConfig(commands.environment).encryptionKeys), () => undefined);
    const message = { template: 'verify-email', token: 'id.canary-of-the-link' } as const;
    await commands.inStore((store) =>
      store.transaction(async (tx) => {
        await courier.enqueue(tx, ID, { to: ADA, locale: null, message });
        await tx.queueEntries.bury({ id: ID, attempts: 0 }, '550 5.1.1');
      }),
    );
  }, COMMAND_TIMEOUT_MS);

  it(
    'list shows what was given up, and retry has it tried again',
    async () => {
      const list = await commands.run(['outbox', 'list', '--json']);
      expect(list).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(list.stdout)).toMatchObject({ id: ID, template: 'verify-email', lastFailure: '550 5.1.1' });
      expect(list.stdout).not.toMatch(/ada@|canary/);
      expect(await commands.run(['outbox', 'retry', ID])).toEqual({
        code: 0,
        stdout: '1 to be tried again.\n',
        stderr: '',
      });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'list says when nothing waits',
    async () => {
      await commands.inStore((store) => store.queueEntries.remove(ID));
      expect(await commands.run(['outbox', 'list'])).toEqual({ code: 0, stdout: 'Nothing waits.\n', stderr: '' });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'retry says what is missing',
    async () => {
      const unclear = { code: 1, stdout: '', stderr: 'Give either the id of an entry or --all.\n' };
      expect(await commands.run(['outbox', 'retry'])).toEqual(unclear);
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('mail preview', () => {
  it('writes every message in every language, without a database', async () => {
    const [out, empty] = [join(commands.dataDir, 'preview'), join(commands.dataDir, 'empty')];
    const { code, stdout, stderr } = await commands.run(['mail', 'preview', '--out', out], '', { DATA_DIR: empty });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`44 files in ${out}.\n`);
    expect(await readFile(join(out, 'de', 'reset-password.txt'), 'utf8')).toMatch(/^Subject: Wählen Sie .*\n\n/);
    expect(await readFile(join(out, 'en', 'new-device-unknown.html'), 'utf8')).toContain('Device: unknown');
    expect(await readdir(empty)).toEqual(['encryption-keys']);
  });

  it('fails over a broken text as the server does, before either opens the database', async () => {
    const templates = join(commands.dataDir, 'templates');
    await mkdir(templates);
    await writeFile(join(templates, 'fr.json'), '{"verify-email":{"subject":"{who}"}}');
    const env = { MAIL_TEMPLATES_DIR: templates, DATABASE_URL: 'postgresql://127.0.0.1:1/none' };
    for (const command of [['mail', 'preview'], ['serve']]) {
      const { code, stdout, stderr } = await commands.run(command, '', env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^The texts in MAIL_TEMPLATES_DIR cannot be used\.\nfr\.json: verify-email\.subject: \{who\} is no placeholder/,
      );
    }
  });
});
