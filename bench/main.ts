/**
 * `npm run bench -- NAME` prints measurements and fails when one of them does not meet a requirement.
 *
 * - `requests` (default): the cost of kinds of requests, as ratios within one run
 * - `revocation`: the delay until another instance enforces a revocation, also while its listener is disturbed
 * - `refreshes`: 1,000 concurrent refreshes with one token
 * - `rows`: the cost of flows with 1,000,000 sessions compared with 1,000
 * - `enumeration`: whether response times reveal which accounts exist
 * - `mail`: response times of sign-ups and resets while the mail server fails, and delivery of every email afterwards
 * - `import`: the import of 100,000 users
 * - `import-hooks`: the command `user import` for 10,000 users, with and without a hook of an application
 * - `search`: lists and searches of 2,000,000 users
 * - `roll-out [REVISION]`: whether the server of a git revision (default: HEAD~1) and this one serve one database together
 * - `guesses`: how many of 1,000 parallel guesses at one account are evaluated, on two servers
 * - `overload`: logins, `me` and memory while ten times as many logins arrive as the server can carry out
 * - `documents`: the cost of the largest body of each shape
 * - `fuzz [SEED]`: 10,000 random documents and 10,000 random bodies: statuses, CPU time and memory
 * - `idle-sockets`: response times while 10,000 unused connections are open
 */
import { runBenchmark, type Benchmark } from './bench.js';

const benchmarks: Record<string, () => Promise<Benchmark>> = {
  revocation: async () => (await import('./revocation.js')).revocation,
  refreshes: async () => (await import('./refreshes.js')).refreshes,
  rows: async () => (await import('./rows.js')).rows,
  enumeration: async () => (await import('./enumeration.js')).enumeration,
  mail: async () => (await import('./mail.js')).mail,
  import: async () => (await import('./import.js')).importing,
  'import-hooks': async () => (await import('./import-hooks.js')).importWithHooks,
  search: async () => (await import('./search.js')).search,
  'roll-out': async () => (await import('./roll-out.js')).rollOut,
  guesses: async () => (await import('./guesses.js')).guesses,
  overload: async () => (await import('./overload.js')).overload,
  documents: async () => (await import('./documents.js')).documents,
  fuzz: async () => (await import('./fuzz.js')).fuzz,
  'idle-sockets': async () => (await import('./idle-sockets.js')).idleSockets,
};

const [name = 'requests', ...flags] = process.argv.slice(2);
try {
  if (name === 'requests') {
    await import('./requests.js');
  } else {
    const benchmark = await benchmarks[name]?.();
    if (!benchmark)
      throw new Error(`There is no benchmark ${name}; there are requests, ${Object.keys(benchmarks).join(', ')}.`);
    await runBenchmark(benchmark, flags);
    // After an abort, timers and sockets may still be open.
    process.exit(0);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
