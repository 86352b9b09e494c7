import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadConfig } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';
import type { Variable } from '../../src/config/variable.js';
import { variables } from '../../src/config/variables.js';
import { refusedVariables, testEnvironments } from '../support/configuration.js';

const { development, folder } = testEnvironments();

describe('a variable', () => {
  it('counts as unset when it is empty', () => {
    expect(loadConfig({ ...development(), PORT: '', APP_URL: '', ENCRYPTION_KEYS: '' })).toMatchObject({ port: 4000 });
  });
});

describe('NAME_FILE', () => {
  const file = (content: string) => {
    const path = join(folder(), 'variable');
    writeFileSync(path, content);
    return path;
  };

  it('gives the variable the content of the file without the line break at its end', () => {
    expect(loadConfig({ ...development(), TOKEN_ISSUER_FILE: file('issuer\n') }).tokenIssuer).toBe('issuer');
    expect(loadConfig({ ...development(), PORT_FILE: file('4001\r\n') }).port).toBe(4001);
  });

  it.each([
    [0o600, 0],
    [0o400, 0],
    [0o700, 0],
    [0o640, 1],
    [0o644, 1],
    [0o444, 1],
    [0o620, 1],
  ])('is reported when others can read or change a secret in it: mode %o', (mode, count) => {
    const path = file(`key:${generateSecret()}\n`);
    chmodSync(path, mode);
    const { notices } = loadConfig({ ...development(), ENCRYPTION_KEYS_FILE: path });
    const text = 'ENCRYPTION_KEYS_FILE names a file that other users of this machine can read or change.';
    expect(notices.filter((notice) => notice.startsWith(text))).toHaveLength(count);
  });

  it('of a variable whose example contains a password is the file of a secret', () => {
    const examples = Object.entries<Variable>(variables).filter(([, { example = '' }]) =>
      example.includes(':password@'),
    );
    expect(examples.map(([name, { isSecret }]) => [name, isSecret])).toEqual([
      ['MAIL_URL', true],
      ['REDIS_URL', true],
    ]);
  });

  it('can be readable by others when it holds no secret', () => {
    const path = file('issuer');
    chmodSync(path, 0o644);
    const { notices } = loadConfig({ ...development(), TOKEN_ISSUER_FILE: path });
    expect(notices.join()).not.toContain('TOKEN_ISSUER_FILE');
  });

  it('is an error beside NAME', () => {
    expect(refusedVariables({ ...development(), PORT: '4000', PORT_FILE: file('4000') })).toEqual(['PORT']);
  });

  it('is an error when the file is missing or empty, not a reason to generate a key', () => {
    expect(refusedVariables({ ...development(), ENCRYPTION_KEYS_FILE: join(folder(), 'nowhere') })).toEqual([
      'ENCRYPTION_KEYS',
    ]);
    expect(refusedVariables({ ...development(), ENCRYPTION_KEYS_FILE: file('\n') })).toEqual(['ENCRYPTION_KEYS']);
  });

  it('counts as set explicitly', () => {
    expect(loadConfig({ ...development(), NODE_ENV_FILE: file('test\n'), HOST: '0.0.0.0' }).nodeEnv).toBe('test');
  });
});
