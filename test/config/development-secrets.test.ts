import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadConfig } from '../../src/config/config.js';
import { configError, refusedVariables, testEnvironments } from '../support/configuration.js';

const { dataDir, development, production } = testEnvironments();

/** Runs a program in the development environment, and returns its output. */
const run = async (program: string): Promise<string> => {
  const args = ['--import', './scripts/typescript.mjs', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { env: development(), stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.on('close', resolve));
  return Buffer.concat(chunks).toString();
};

describe('a generated secret', () => {
  it('is generated once, reported once and kept', () => {
    const first = loadConfig(development());
    const second = loadConfig(development());
    expect(first.notices).toEqual([expect.stringContaining('ENCRYPTION_KEYS')]);
    expect(second.notices).toEqual([]);
    expect(second.encryptionKeys).toEqual(first.encryptionKeys);
  });

  it('is another one for HS256', () => {
    const config = loadConfig({ ...development(), SIGNING_ALGORITHM: 'HS256' });
    expect(config.jwtSecrets).toEqual([{ kid: 'development', secret: expect.any(Buffer) as Buffer }]);
    expect(config.jwtSecrets[0]?.secret.equals(config.encryptionKeys[0]?.key ?? Buffer.alloc(0))).toBe(false);
  });

  it('is readable by its owner only', () => {
    loadConfig(development());
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir())).toEqual(['encryption-keys']);
    expect(statSync(join(dataDir(), 'encryption-keys')).mode & 0o777).toBe(0o600);
  });

  it('is the same for several processes that start at once', async () => {
    const program = `
      const { loadConfig } = await import('./src/config/config.ts');
      const { encryptionKeys, notices } = loadConfig(process.env);
      console.log(encryptionKeys[0].key.toString('hex'), notices.length);`;
    const outputs = await Promise.all([run(program), run(program), run(program)]);
    const runs = outputs.map((output) => output.trim().split(' '));
    expect(new Set(runs.map(([key]) => key)).size).toBe(1);
    expect(runs.map(([, notices]) => notices).sort()).toEqual(['0', '0', '1']);
    expect(readdirSync(dataDir())).toEqual(['encryption-keys']);
  });
});

describe('DATA_DIR', () => {
  it('is closed to others when it is empty', () => {
    mkdirSync(dataDir());
    chmodSync(dataDir(), 0o755);
    loadConfig(development());
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700);
  });

  it('is refused and left as it is when others can read it and it has other files', () => {
    mkdirSync(dataDir());
    chmodSync(dataDir(), 0o755);
    writeFileSync(join(dataDir(), 'thesis.txt'), '');
    expect(refusedVariables(development())).toEqual(['DATA_DIR']);
    expect(statSync(dataDir()).mode & 0o777).toBe(0o755);
    expect(readdirSync(dataDir())).toEqual(['thesis.txt']);
  });

  it('is named when it is a file', () => {
    writeFileSync(dataDir(), '');
    expect(configError(development()).message).toContain('DATA_DIR: is a file');
  });

  it('is named when it lies below a file', () => {
    writeFileSync(dataDir(), '');
    expect(refusedVariables({ DATA_DIR: join(dataDir(), 'below') })).toEqual(['DATA_DIR']);
  });

  it('is named when it cannot be made', () => {
    // No user can make a folder there, not even root, whom permission bits do not stop.
    expect(configError({ DATA_DIR: '/proc/gatehouse' }).message).toContain('DATA_DIR: cannot be created or written');
  });

  it('is named when what was generated there is damaged', () => {
    mkdirSync(dataDir(), { mode: 0o700 });
    writeFileSync(join(dataDir(), 'encryption-keys'), 'development:\n');
    expect(refusedVariables(development())).toEqual(['DATA_DIR']);
  });

  it('is not made when nothing needs it', () => {
    loadConfig({ ...production(), DATA_DIR: dataDir() });
    expect(existsSync(dataDir())).toBe(false);
  });
});
