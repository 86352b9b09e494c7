import { loadConfig } from '../../src/config/config.js';
import { openCommands, type Commands } from '../support/commands.js';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: false });
});

afterAll(() => commands.close());

describe('secret generate', () => {
  it('prints 43 characters of base64url, another each time, and needs no folder', async () => {
    const none = { DATA_DIR: '/proc/none' };
    const [first, second] = await Promise.all([1, 2].map(() => commands.run(['secret', 'generate'], '', none)));
    expect(first?.code).toBe(0);
    expect(first?.stdout).toMatch(/^[\w-]{43}\n$/);
    expect(second?.stdout).not.toBe(first?.stdout);
    expect(Buffer.from(first?.stdout ?? '', 'base64url')).toHaveLength(32);
  });

  it('prints what ENCRYPTION_KEYS takes', async () => {
    const { stdout } = await commands.run(['secret', 'generate']);
    expect(() => loadConfig({ ...commands.environment, ENCRYPTION_KEYS: `a:${stdout.trim()}` })).not.toThrow();
  });
});
