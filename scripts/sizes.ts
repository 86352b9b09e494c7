/**
 * `npm run sizes` prints how much the packages of the development and of the production installation occupy, by what is
 * installed here. It fails if production exceeds its limit. With --check it skips development, and prints only a failure.
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { productionLock, type Lock } from './production-lock.js';

/** The limit of `npm ci --omit=dev`, and of `npm ci` in the folder that a build writes. */
const PRODUCTION_LIMIT_MB = 180;

/** A file of one byte occupies a whole block. With blocks of 4 KiB, the result is that of `du`. */
const BLOCK_BYTES = 4096;

/** Returns what a folder occupies in bytes. `skipped` is the name of a folder that does not count. */
const bytesOf = (path: string, skipped?: string): number => {
  const stats = lstatSync(path);
  const own = Math.ceil(stats.size / BLOCK_BYTES) * BLOCK_BYTES;
  if (!stats.isDirectory()) return own;
  const names = readdirSync(path).filter((name) => name !== skipped);
  return names.reduce((bytes, name) => bytes + bytesOf(join(path, name), skipped), own);
};

const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2);

const isCheck = process.argv.includes('--check');
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
const packages = Object.keys(productionLock(lock).packages).filter((path) => path !== '' && existsSync(path));
// A package that is installed inside another one has a path of its own in the lock file.
const production = megabytes(packages.reduce((bytes, path) => bytes + bytesOf(path, 'node_modules'), 0));

if (!isCheck) {
  const installed = Object.keys(lock.packages).filter((path) => path !== '' && existsSync(path));
  console.log(`Development: ${megabytes(bytesOf('node_modules'))} MB in ${installed.length} packages`);
  console.log(`Production:  ${production} MB in ${packages.length} packages`);
}
if (production > PRODUCTION_LIMIT_MB) {
  console.error(`The production installation has ${production} MB; the limit is ${PRODUCTION_LIMIT_MB} MB.`);
  process.exitCode = 1;
}
