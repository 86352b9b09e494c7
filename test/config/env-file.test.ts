import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UnusableEnvFile, withEnvFile } from '../../src/config/env-file.js';
import { COMMAND_TIMEOUT_MS } from '../support/commands.js';
import { testEnvironments } from '../support/configuration.js';
import { start } from '../support/program.js';

const { folder, dataDir } = testEnvironments();

const writeEnvFile = (text: string) => writeFileSync(join(folder(), '.env'), text);

describe('the file .env', () => {
  const read = (text: string, env: NodeJS.ProcessEnv = {}) => {
    writeEnvFile(text);
    return withEnvFile(env, folder());
  };

  it('is not required', () => {
    expect(withEnvFile({ PORT: '4001' }, folder())).toEqual({ PORT: '4001' });
  });

  it('sets variables, with comments, quotes, white space, a byte order mark and the line breaks of any system', () => {
    const text =
      '\ufeffPORT=4001\r\n# a comment\r\n\r\n  APP_NAME = "Acme # 1"  # another\r\nexport MAIL_FROM=\'a@example.com\'\r\n';
    expect(read(text)).toEqual({ PORT: '4001', APP_NAME: 'Acme # 1', MAIL_FROM: 'a@example.com' });
  });

  it('may have white space in any place of a line', () => {
    const text =
      ' \t\n# a comment\n  # PORT=4000\n\t# another\nexport\tPORT=4001\n   \n export  HOST = ::1 \n\t# the last';
    expect(read(text)).toEqual({ PORT: '4001', HOST: '::1' });
    expect(read('APP_NAME="Acme"# 1\nHOST="" # "x" y\n')).toEqual({ APP_NAME: 'Acme', HOST: '' });
  });

  it.each(['REDIS_URL="canary"canary"', "PORT=1\nREDIS_URL='can''ary'", ' export REDIS_URL = "can\\"ary" # x'])(
    'is refused with text after a quoted value, the rest of which would be dropped: %j',
    (text) => {
      expect(() => read(text)).toThrow(/^The file \.env has text after a quoted value\.(?!.*canary)/);
    },
  );

  it('never overrides the environment, not even an empty variable', () => {
    expect(read('PORT=4001\nHOST=::1\n', { PORT: '4002', HOST: '' })).toEqual({ PORT: '4002', HOST: '' });
  });

  it('is hidden by the environment in both forms of a variable, NAME and NAME_FILE', () => {
    expect(read('PORT_FILE=/nowhere\n', { PORT: '4002' })).toEqual({ PORT: '4002' });
    expect(read('PORT=4001\n', { PORT_FILE: '/nowhere' })).toEqual({ PORT_FILE: '/nowhere' });
    expect(read('PORT=4001\nPORT_FILE=/nowhere\n')).toEqual({ PORT: '4001', PORT_FILE: '/nowhere' });
  });

  it.each(['PORT\nHOST=::1\n', 'a line of text\n', 'MY-NAME=1\n'])(
    'is refused with a line that is not NAME=value, and its message quotes nothing: %j',
    (text) => {
      expect(() => read(text)).toThrow(UnusableEnvFile);
      expect(() => read(text)).toThrow(
        'The file .env has a line that is neither NAME=value nor a comment after #. Correct or remove it.',
      );
    },
  );

  it('is refused if it is a folder', () => {
    mkdirSync(join(folder(), '.env'));
    expect(() => withEnvFile({}, folder())).toThrow(/^The file \.env cannot be read \(EISDIR\)\./);
  });
});

describe('a program that is started in a folder with a file .env', () => {
  const run = (file: 'main.ts' | 'cli.ts', env: NodeJS.ProcessEnv = {}) =>
    start(file, { DATA_DIR: dataDir(), ...env }, file === 'cli.ts' ? ['migrate'] : [], '', [], undefined, folder())
      .ended;

  it.each(['main.ts', 'cli.ts'] as const)(
    'reads it in development: %s',
    async (file) => {
      writeEnvFile('PORT=kanarienvogel\n');
      for (const env of [{}, { NODE_ENV: 'development' }]) {
        const { code, stdout, stderr } = await run(file, env);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toBe(
          'The configuration is invalid. Correct these variables:\nPORT: must be a whole number from 0 to 65535.\n',
        );
      }
    },
    COMMAND_TIMEOUT_MS,
  );

  it.each(['production', 'test'])(
    'does not read it if the environment has NODE_ENV=%s',
    async (environment) => {
      writeEnvFile('PORT=kanarienvogel\n');
      const { stderr } = await run('cli.ts', {
        NODE_ENV: environment,
        KEY_ROTATION_DAYS: '',
        LOG_LEVEL: 'kanarienvogel',
      });
      expect(stderr).toContain('LOG_LEVEL: must be');
      expect(stderr).not.toContain('PORT');
    },
    COMMAND_TIMEOUT_MS,
  );

  it.each(['NODE_ENV=production', 'NODE_ENV_FILE=environment'])(
    'refuses to be switched to production by it: %s',
    async (line) => {
      writeFileSync(join(folder(), 'environment'), 'production\n');
      writeEnvFile(`${line}\n`);
      const { code, stderr } = await run('main.ts');
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          'The configuration is invalid. Correct these variables:\nNODE_ENV: cannot be `production` in the file .env. Set it in the environment, with every other variable.\n',
      });
    },
    COMMAND_TIMEOUT_MS,
  );
});

it(
  'the file of a variable can be a pipe: it is opened once',
  async () => {
    const pipe = join(folder(), 'pipe');
    spawnSync('mkfifo', [pipe]);
    const written = writeFile(pipe, 'kanarienvogel\n');
    const { stderr } = await start('cli.ts', { DATA_DIR: dataDir(), PORT_FILE: pipe }, ['migrate']).ended;
    await written;
    expect(stderr).toContain('PORT: must be a whole number');
  },
  COMMAND_TIMEOUT_MS,
);

describe('git', () => {
  it.each([
    ['.env', 0],
    ['.env.local', 0],
    ['.env.example', 1],
  ])('ignores the file .env, and not its example: %s', (file, status) => {
    expect(spawnSync('git', ['check-ignore', '--quiet', '--no-index', file]).status).toBe(status);
  });
});
