import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';

import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const CANARY = 'canary horse battery staple';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
});

afterAll(() => commands.close());

describe('user', () => {
  const create = (email: string, ...options: string[]) =>
    commands.run(['user', 'create', '--email', email, '--password-stdin', ...options], `${CANARY}\n`);

  it(
    'create creates a user with roles, and prints no password',
    async () => {
      const ada = await create(ADA, '--role', 'ADMIN', '--verified');
      expect({ ...ada, stdout: ada.stdout.trim() }).toEqual({
        code: 0,
        stdout: `${ADA.padEnd(40)} ${'verified'.padEnd(10)} ADMIN,USER`,
        stderr: '',
      });
      const bob = await create(BOB);
      expect(bob.stdout).toBe(`${BOB.padEnd(40)} ${'unverified'.padEnd(10)} USER\n`);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'accept white space around an address, and an option that is empty as if it were absent',
    async () => {
      const created = await create(' eve@example.com\n', '--role', '');
      expect(created.stdout).toBe(`${'eve@example.com'.padEnd(40)} ${'unverified'.padEnd(10)} USER\n`);
      const found = await commands.run(['user', 'list', '--search', '']);
      expect(found.stdout.trim().split('\n')).toHaveLength(3);
      const erased = await commands.run(['user', 'erase', '--now', '--email', '\teve@example.com ']);
      expect(erased.stdout).toBe('eve@example.com was erased.\n');
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'create refuses an address that has an account, in any spelling',
    async () => {
      const { code, stdout, stderr } = await create('ADA@Example.com');
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: 'A user with this email address already exists.\n',
      });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'create refuses a weak password and prints the reasons, not the password',
    async () => {
      const args = ['user', 'create', '--email', 'eve@example.com', '--password-stdin'];
      const { code, stdout, stderr } = await commands.run(args, 'gatehouse');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^WEAK_PASSWORD: .* TOO_SHORT, CONTAINS_PERSONAL_WORD\n$/);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'create refuses an unknown role, and lists the known ones',
    async () => {
      const { code, stdout, stderr } = await create('eve@example.com', '--role', 'WIZARD');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^There is no role WIZARD\. The roles are: .*ADMIN.*\.\n$/);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'list shows all users, the newest first, and one JSON object per line with --json',
    async () => {
      const { code, stdout } = await commands.run(['user', 'list', '--json']);
      expect(code).toBe(0);
      const users = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(users).toMatchObject([
        { email: BOB, emailVerifiedAt: null, roles: ['USER'], origin: 'ADMINISTRATOR' },
        { email: ADA, roles: ['ADMIN', 'USER'] },
      ]);
      expect(stdout).not.toMatch(/password|hash|argon2/i);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'list finds by the beginning of the address',
    async () => {
      expect((await commands.run(['user', 'list', '--search', 'bob'])).stdout).toBe(
        `${BOB.padEnd(40)} ${'unverified'.padEnd(10)} USER\n`,
      );
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'revoke and disable refuse to remove the last administrator',
    async () => {
      const refusal = {
        code: 1,
        stdout: '',
        stderr: 'LAST_ADMINISTRATOR: The last administrator cannot be removed.\n',
      };
      expect(await commands.run(['user', 'revoke', '--email', ADA, '--role', 'ADMIN'])).toEqual(refusal);
      expect(await commands.run(['user', 'disable', '--email', ADA])).toEqual(refusal);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'grant and revoke add and remove a role, in any spelling',
    async () => {
      const granted = await commands.run(['user', 'grant', '--email', BOB, '--role', 'admin']);
      expect(granted).toMatchObject({ code: 0, stdout: expect.stringMatching(/ ADMIN,USER\n$/) as string });
      // Bob is unverified, and so nobody who could take Ada's place.
      const refusal = {
        code: 1,
        stdout: '',
        stderr: 'LAST_ADMINISTRATOR: The last administrator cannot be removed.\n',
      };
      expect(await commands.run(['user', 'revoke', '--email', ADA, '--role', 'ADMIN'])).toEqual(refusal);
      expect(await commands.run(['user', 'disable', '--email', ADA])).toEqual(refusal);
      const kept = await commands.run(['user', 'revoke', '--email', BOB, '--role', 'USER']);
      expect(kept).toEqual({ code: 1, stdout: '', stderr: 'Every user has the role USER.\n' });
      const revoked = await commands.run(['user', 'revoke', '--email', BOB, '--role', 'ADMIN']);
      expect(revoked).toMatchObject({ code: 0, stdout: expect.stringMatching(/ USER\n$/) as string });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'disable and enable change the state of a user',
    async () => {
      const disabled = await commands.run(['user', 'disable', '--email', BOB]);
      expect(disabled).toMatchObject({ code: 0, stdout: expect.stringContaining(' disabled ') as string });
      const enabled = await commands.run(['user', 'enable', '--email', BOB]);
      expect(enabled).toMatchObject({ code: 0, stdout: expect.stringContaining(' unverified ') as string });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'refuse an address without an account',
    async () => {
      const refusal = { code: 1, stdout: '', stderr: 'There is no user with this email address.\n' };
      expect(await commands.run(['user', 'enable', '--email', 'nobody@example.com'])).toEqual(refusal);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'are recorded under the name of the operating system’s user, without address and password',
    async () => {
      const events = await commands.inStore(async (store) => {
        const bob = await store.users.findByAddress(BOB);
        return store.securityEvents.listBySubject(bob?.id ?? '', 10);
      });
      expect(events.map(({ type }) => type)).toEqual([
        'USER_ENABLED',
        'USER_DISABLED',
        'ROLES_CHANGED',
        'ROLES_CHANGED',
        'USER_CREATED',
      ]);
      expect(new Set(events.map(({ actorKind, operator }) => `${actorKind} ${operator}`))).toEqual(
        new Set([`operator ${userInfo().username}`]),
      );
      expect(JSON.stringify(events)).not.toMatch(/canary|@example/);
    },
    COMMAND_TIMEOUT_MS,
  );

  it('print the password nowhere and store it nowhere in plaintext', () => {
    const found = spawnSync('grep', ['--recursive', '--text', '--files-with-matches', 'canary', commands.dataDir], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
  });
});
