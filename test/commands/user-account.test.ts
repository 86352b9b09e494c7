import { userInfo } from 'node:os';

import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const PASSWORD = 'correct horse battery staple';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
  await commands.run(['user', 'create', '--email', ADA, '--password-stdin', '--role', 'ADMIN', '--verified'], PASSWORD);
  await commands.run(['user', 'create', '--email', BOB, '--password-stdin', '--verified'], PASSWORD);
}, COMMAND_TIMEOUT_MS);

afterAll(() => commands.close());

const eventsOf = (email: string) =>
  commands.inStore(async (store) => {
    const user = await store.users.findByAddress(email);
    const events = await store.securityEvents.listBySubject(user?.id ?? '', 10);
    return events.map(({ type, operator }) => ({ type, operator }));
  });

const operator = userInfo().username;

describe('user unlock', () => {
  it(
    'resets the limits of an account, and is on record',
    async () => {
      const { code, stdout } = await commands.run(['user', 'unlock', '--email', BOB]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${BOB.padEnd(40)} ${'verified'.padEnd(10)} USER\n` });
      expect((await eventsOf(BOB))[0]).toEqual({ type: 'USER_UNLOCKED', operator });
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('user data', () => {
  it(
    'prints the personal data as JSON, without a secret, and is on record',
    async () => {
      const { code, stdout, stderr } = await commands.run(['user', 'data', '--email', BOB]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({
        account: { email: BOB },
        sessions: [],
        password: { scheme: '$argon2id$v=19$m=1024,t=1,p=1' },
      });
      expect(stdout).not.toMatch(/p=1\$/);
      expect((await eventsOf(BOB))[0]).toEqual({ type: 'DATA_EXPORTED', operator });
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('user set-email', () => {
  it(
    'gives an account another address, and is on record',
    async () => {
      const { code, stdout } = await commands.run(['user', 'set-email', '--email', BOB, '--new', 'Rob@example.com']);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `${'Rob@example.com'.padEnd(40)} ${'verified'.padEnd(10)} USER\n`,
      });
      expect((await eventsOf('rob@example.com'))[0]).toEqual({ type: 'EMAIL_CHANGED', operator });
      await commands.run(['user', 'set-email', '--email', 'rob@example.com', '--new', BOB]);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'refuses an address that another account has, and one that is none',
    async () => {
      const taken = await commands.run(['user', 'set-email', '--email', BOB, '--new', ADA]);
      expect(taken).toEqual({ code: 1, stdout: '', stderr: 'The new address has an account already.\n' });
      const none = await commands.run(['user', 'set-email', '--email', BOB, '--new', 'nonsense']);
      expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^INVALID_EMAIL: /) as string });
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('user erase', () => {
  it(
    'refuses to erase the last administrator, later or now',
    async () => {
      const refusal = {
        code: 1,
        stdout: '',
        stderr: 'LAST_ADMINISTRATOR: The last administrator cannot be removed.\n',
      };
      expect(await commands.run(['user', 'erase', '--email', ADA])).toEqual(refusal);
      expect(await commands.run(['user', 'erase', '--email', ADA, '--now'])).toEqual(refusal);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'schedules the erasure in 14 days, and is on record',
    async () => {
      const { code, stdout } = await commands.run(['user', 'erase', '--email', BOB]);
      const time = /^bob@example\.com will be erased after (\S+Z)\.\n$/.exec(stdout)?.[1] ?? '';
      expect({ code, days: Math.round((Date.parse(time) - Date.now()) / 86_400_000) }).toEqual({ code: 0, days: 14 });
      expect((await eventsOf(BOB))[0]).toEqual({ type: 'DELETION_REQUESTED', operator });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'erases at once with --now',
    async () => {
      const { code, stdout } = await commands.run(['user', 'erase', '--email', BOB, '--now']);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${BOB} was erased.\n` });
      expect(await commands.inStore((store) => store.users.findByAddress(BOB))).toBeUndefined();
      const again = await commands.run(['user', 'erase', '--email', BOB]);
      expect(again).toEqual({ code: 1, stdout: '', stderr: 'There is no user with this email address.\n' });
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('each command', () => {
  it.each(['erase', 'data', 'set-email', 'unlock'])(
    'user %s explains itself with --help',
    async (name) => {
      const { code, stdout } = await commands.run(['user', name, '--help']);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('--email <address>') as string });
    },
    COMMAND_TIMEOUT_MS,
  );
});
