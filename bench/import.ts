/**
 * How long an import takes and how much memory: 100,000 users with bcrypt hashes, on PostgreSQL when DATABASE_URL names a
 * server whose user may create databases, and embedded otherwise. IMPORT_USERS is another number of them.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { linesOf } from '../src/commands/lines.js';
import { loadConfig } from '../src/config.js';
import { openIdentity } from '../src/identity.js';
import { createEmptyPostgres } from '../test/support/database.js';

const LINE_MAX_BYTES = 4096;
// Of a hash an import reads the form; nobody logs in here.
const HASH = '$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234';

const { DATABASE_URL, IMPORT_USERS = '100000' } = process.env;

const megabytes = () => `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB resident`;

const usersOf = (total: number) =>
  function* () {
    for (let index = 0; index < total; index += 1) {
      const user = {
        email: `user-${index}@example.com`,
        emailVerified: true,
        name: `User ${index}`,
        passwordHash: HASH,
      };
      yield `${JSON.stringify(user)}\n`;
    }
  };

export const run = async (): Promise<void> => {
  const total = Number(IMPORT_USERS);
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  const database = DATABASE_URL === undefined ? undefined : await createEmptyPostgres(DATABASE_URL);
  const config = loadConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, LOG_LEVEL: 'silent', DATABASE_URL: database?.url });
  const identity = await openIdentity(config, { runJobs: false });
  try {
    const file = join(dataDir, 'users.jsonl');
    await pipeline(usersOf(total), createWriteStream(file));
    console.log(`  0 %  ${megabytes()}`);

    const marks = [0.1, 0.5, 1];
    const startedAt = performance.now();
    const counts = await identity.auth.userImport(linesOf(createReadStream(file), LINE_MAX_BYTES), {
      dryRun: false,
      actor: { kind: 'system' },
      onRefused: (line, reason) => {
        throw new Error(`line ${line}: ${reason}`);
      },
      onProgress: ({ imported }) => {
        for (; marks[0] !== undefined && imported >= marks[0] * total; marks.shift()) {
          console.log(`${(marks[0] * 100).toFixed(0).padStart(3)} %  ${megabytes()}`);
        }
      },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(
      `${counts.imported} users in ${seconds.toFixed(1)} s, ${(counts.imported / seconds).toFixed(0)} a second`,
    );
  } finally {
    await identity.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
};
