import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: false });
});

afterAll(() => commands.close());

describe('migrate', () => {
  it(
    'brings an empty folder’s database up to date, and says so',
    async () => {
      const { code, stdout, stderr } = await commands.run(['migrate']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^(?:Applied \d{14}_\w+\.\n)+The database is up to date\.\n$/);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'finds nothing to do the second time',
    async () => {
      expect(await commands.run(['migrate'])).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' });
    },
    COMMAND_TIMEOUT_MS,
  );
});
