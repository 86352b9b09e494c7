import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { importedHashVerifier, parseImportedHash } from '../../src/security/passwords/imported-password.js';

// The published example of github.com/firebase/scrypt.
const hashConfig = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}`;
const users = [
  {
    localId: 'one',
    email: 'user1@example.com',
    emailVerified: true,
    passwordHash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    salt: '42xEC+ixf3L2lw==',
    displayName: 'User One',
    createdAt: '1709985600000',
  },
  { localId: 'two', email: 'social@example.com', emailVerified: true, disabled: true, createdAt: '1709985600000' },
  { localId: 'three', phoneNumber: '+1 555 0100', createdAt: '1709985600000' },
];

describe('the conversion from Firebase', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-firebase-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives lines whose hashes the passwords of Firebase match, and contains the signer key nowhere', async () => {
    const [usersFile, configFile] = [join(folder, 'users.json'), join(folder, 'hash-config.txt')];
    writeFileSync(usersFile, JSON.stringify({ users }));
    writeFileSync(configFile, hashConfig);
    const output = execFileSync(process.execPath, ['examples/import/firebase.mjs', usersFile, configFile]).toString();
    const [first, second, ...others] = output.trim().split('\n');
    expect(others).toEqual([]);
    expect(JSON.parse(second ?? '')).toEqual({
      email: 'social@example.com',
      emailVerified: true,
      createdAt: '2024-03-09T12:00:00.000Z',
      disabled: true,
    });
    const { passwordHash, ...fields } = JSON.parse(first ?? '') as { passwordHash: string };
    expect(fields).toEqual({
      email: 'user1@example.com',
      emailVerified: true,
      name: 'User One',
      createdAt: '2024-03-09T12:00:00.000Z',
      disabled: false,
    });
    expect(parseImportedHash(passwordHash)).toEqual({ hash: passwordHash });
    const verify = importedHashVerifier(passwordHash);
    await expect(verify?.(Buffer.from('user1password'))).resolves.toBe(true);
    await expect(verify?.(Buffer.from('user2password'))).resolves.toBe(false);
    expect(output).not.toContain('jxspr8Ki');
  });
});
