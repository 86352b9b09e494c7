import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: false });
});

afterAll(() => commands.close());

describe('migrate', () => {
  it(
    'creates the database in an empty folder, and reports that it is up to date',
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
