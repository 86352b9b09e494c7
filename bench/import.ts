import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { LINE_MAX_BYTES } from '../src/commands/bulk-import.js';
import { linesOf } from '../src/commands/lines.js';
import type { Bench, Benchmark } from './bench.js';
import { createPopulation } from './population.js';

const USERS = 100_000;
const SECONDS = 60;
/** Memory that is freed is not returned to the operating system at once. */
const GROWTH_MB = 128;
// An import only parses the hash.
const HASH = '$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234';

const megabytes = () => Math.round(process.memoryUsage.rss() / 2 ** 20);

function* users() {
  for (let index = 0; index < USERS; index += 1) {
    const email = `user-${index}@example.com`;
    const user = { email, emailVerified: true, name: `User ${index}`, passwordHash: HASH };
    yield `${JSON.stringify(user)}\n`;
  }
}

const work = async (bench: Bench): Promise<void> => {
  const { core } = await createPopulation(bench);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'users.jsonl');
  await pipeline(users, createWriteStream(file));

  const marks = [0.1, 0.5, 1];
  const resident: number[] = [];
  const startedAt = performance.now();
  const counts = await core.auth.bulkImport(linesOf(createReadStream(file), LINE_MAX_BYTES), {
    dryRun: false,
    actor: { kind: 'system' },
    onRefused: (line, reason) => {
      throw new Error(`line ${line}: ${reason}`);
    },
    onProgress: ({ imported }) => {
      for (; marks[0] !== undefined && imported >= marks[0] * USERS; marks.shift()) {
        resident.push(megabytes());
        console.log(`${(marks[0] * 100).toFixed(0).padStart(3)} %  ${megabytes()} MB resident`);
      }
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${counts.imported} users in ${seconds.toFixed(1)} s, ${(counts.imported / seconds).toFixed(0)} a second`,
  );
  bench.check(`${USERS} users in less than ${SECONDS} s`, counts.imported === USERS && seconds < SECONDS);
  const growth = (resident.at(-1) ?? 0) - (resident[0] ?? 0);
  bench.check(`from 10 to 100 % less than ${GROWTH_MB} MB more`, growth < GROWTH_MB);
};

/** `npm run bench -- import` */
export const importing: Benchmark = { minutes: 5, flags: [], work };
