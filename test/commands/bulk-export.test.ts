import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { uuidv7 } from '../../src/values/uuid.js';
import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const ADA = 'ada@example.com';
const JOAN = 'joan@example.com';

let commands: Commands;

// "abc", from the test set of jBCrypt.
const BCRYPT = '$2b$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';

beforeAll(async () => {
  commands = await openCommands({ database: true });
  const account = { isVerified: false, origin: 'ADMINISTRATOR', name: null, locale: null, roles: [] } as const;
  await commands.inStore(async (store) => {
    for (const [email, passwordHash] of [
      [ADA, null],
      [JOAN, BCRYPT],
    ] as const)
      await store.users.create({ ...account, id: uuidv7(new Date()), email, emailCanonical: email, passwordHash });
  });
});

afterAll(() => commands.close());

describe('user export', () => {
  it(
    'writes users without their password hashes to standard output',
    async () => {
      const { code, stdout, stderr } = await commands.run(['user', 'export']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const emails = stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { email: string }).email);
      expect(emails).toEqual([ADA, JOAN]);
      expect(stdout).not.toMatch(/hash|argon2|\$2/i);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'writes them with their hashes to a new file that only its owner can read, and to no existing file',
    async () => {
      const out = join(commands.dataDir, 'export.jsonl');
      const exporting = () => commands.run(['user', 'export', '--with-password-hashes', '--out', out]);
      expect(await exporting()).toEqual({ code: 0, stdout: `Exported 2 users to ${out}.\n`, stderr: '' });
      expect((await stat(out)).mode & 0o777).toBe(0o600);
      expect(await readFile(out, 'utf8')).toContain(`"passwordHash":"${BCRYPT}"`);
      expect(await exporting()).toEqual({
        code: 1,
        stdout: '',
        stderr: `${out} already exists and is not overwritten. Choose another file name.\n`,
      });
      expect((await readFile(out, 'utf8')).trim().split('\n')).toHaveLength(2);
    },
    COMMAND_TIMEOUT_MS,
  );

  it('warns in its help that password hashes are secrets', async () => {
    const { stdout } = await commands.run(['user', 'export', '--help'], '', { DATA_DIR: '/proc/none' });
    expect(stdout).toMatch(/--with-password-hashes +INCLUDE THE PASSWORD HASHES/);
  });
});
