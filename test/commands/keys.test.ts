import { randomBytes } from 'node:crypto';

import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const OLD = `old:${randomBytes(32).toString('base64url')}`;
const NEW = `new:${randomBytes(32).toString('base64url')}`;

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
});

afterAll(() => commands.close());

const run = (encryptionKeys: readonly string[], ...args: string[]) =>
  commands.run(args, '', { ENCRYPTION_KEYS: encryptionKeys.join(',') });

describe('keys', () => {
  it(
    'list shows a missing key that rows need, although nothing else starts',
    async () => {
      expect((await run([OLD], 'user', 'list')).code).toBe(0);
      const refused = await run([NEW], 'user', 'list');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        /^ENCRYPTION_KEYS lacks a key that stored rows need\. Key old is missing, and .*\n$/,
      );

      const listed = await run([NEW], 'keys', 'list');
      expect(listed).toMatchObject({ code: 0, stderr: '' });
      expect(listed.stdout).toMatch(
        /^ 1 {2}new +SEALS +no rows\n -  old +MISSING +1 access token key, 1 refresh token key\nA key/,
      );
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'list --json has one object per line, the configured keys first and in their order',
    async () => {
      const { stdout } = await run([NEW, OLD], 'keys', 'list', '--json');
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual([
        { type: 'encryption-key', id: 'new', use: 'SEALS', position: 1, rows: {} },
        {
          type: 'encryption-key',
          id: 'old',
          use: 'OPENS',
          position: 2,
          rows: { 'access-token-key': 1, 'refresh-token-key': 1 },
        },
      ]);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'reseal without the key that rows need changes nothing and fails, naming each row and no content',
    async () => {
      const { code, stdout } = await run([NEW], 'keys', 'reseal');
      expect(code).toBe(1);
      expect(stdout).toMatch(
        /^Not resealed: access-token-key [\w-]{43}\. Encryption key old is not in ENCRYPTION_KEYS\.\n/,
      );
      expect(stdout).toContain('Nothing was resealed under key new.\n');
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'reseal moves every row to the first key, on record, so that the old key can be removed, and can be repeated',
    async () => {
      expect(await run([NEW, OLD], 'keys', 'reseal')).toEqual({
        code: 0,
        stdout: 'Resealed under key new: 1 access token key, 1 refresh token key.\n',
        stderr: '',
      });
      expect(await run([NEW, OLD], 'keys', 'reseal')).toEqual({
        code: 0,
        stdout: 'Nothing was resealed under key new.\n',
        stderr: '',
      });
      expect(await run([NEW], 'user', 'list')).toEqual({ code: 0, stdout: '', stderr: '' });
      const { rows } = await commands.inStore(async (store) => ({
        rows: await store.signingKeys.countByEncryptionKey(),
      }));
      expect(rows.map(({ encryptionKey }) => encryptionKey)).toEqual(['new', 'new']);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'fail with a message, like every other command, when an id has another key than before',
    async () => {
      const other = `new:${randomBytes(32).toString('base64url')}`;
      const { code, stderr } = await run([other], 'user', 'list');
      expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 1, lines: 2 });
      expect(stderr).toContain('ENCRYPTION_KEYS has another key under that id.');
      const reseal = await run([other], 'keys', 'reseal');
      expect(reseal).toMatchObject({ code: 1, stdout: '' });
      expect(reseal.stderr).toMatch(/^Nothing was resealed, because .*\n$/);
    },
    COMMAND_TIMEOUT_MS,
  );
});
