import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';
import { freePort, start } from '../support/program.js';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
});

afterAll(() => commands.close());

describe('serve', () => {
  it(
    'locks the embedded database: other commands fail with a message that contains its pid',
    async () => {
      const server = start('cli.ts', { ...commands.environment, PORT: await freePort() }, ['serve']);
      await server.says(/Server listening/);
      const { code, stdout, stderr } = await commands.run(['user', 'list']);
      server.kill('SIGTERM');
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: `${commands.dataDir} is in use by process ${server.pid}. Stop that process first, or set another DATA_DIR or a DATABASE_URL.\n`,
      });
      expect((await server.ended).code).toBe(0);
    },
    COMMAND_TIMEOUT_MS,
  );
});
