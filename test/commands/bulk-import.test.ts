import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { uuidv7 } from '../../src/values/uuid.js';
import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const ADA = 'ada@example.com';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
  const identity = { id: uuidv7(new Date()), email: ADA, emailCanonical: ADA, isVerified: false };
  await commands.inStore((store) =>
    store.users.create({
      ...identity,
      origin: 'ADMINISTRATOR',
      name: null,
      locale: null,
      roles: [],
      passwordHash: null,
    }),
  );
});

afterAll(() => commands.close());

describe('user import', () => {
  // "abc", from the test set of jBCrypt; under a cost that no login is made to wait for.
  const BCRYPT = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';
  const JOAN = { email: 'joan@example.com', emailVerified: true, passwordHash: BCRYPT };
  const LEE = { email: 'lee@example.com', name: 'Lee', passwordHash: BCRYPT.replace('$06$', '$31$') };
  const file = () => join(commands.dataDir, 'users.jsonl');

  it(
    'reports what a dry run would import and each rejected line without its content, and fails',
    async () => {
      await writeFile(file(), [JOAN, LEE, { ...JOAN, email: ADA }].map((line) => JSON.stringify(line)).join('\n'));
      expect(await commands.run(['user', 'import', file(), '--dry-run'])).toEqual({
        code: 1,
        stdout: 'would import 1, already present 1, rejected 1\n',
        stderr: 'line 2: passwordHash has parameters that would make every login too slow\n',
      });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'imports the users, from standard input too, and succeeds when no line is rejected',
    async () => {
      const imported = await commands.run(['user', 'import', '-'], `${JSON.stringify(JOAN)}\n`);
      expect(imported).toEqual({ code: 0, stdout: 'imported 1, already present 0, rejected 0\n', stderr: '' });
    },
    COMMAND_TIMEOUT_MS,
  );
});
