import type { UserListFilter, UserListRequest } from '../src/auth/users/user-list.js';
import type { Bench, Benchmark } from './bench.js';
import { createPopulation, type Population } from './population.js';
import { formatMs, maximum, median, printRow } from './statistics.js';

const USERS = 2_000_000;
const REPETITIONS = 15;
const TARGET_MS = 50;

/** First names from the most frequent to the rarest. The n-th is about as frequent as the power law of real names. */
const firstNames = [
  ...['Anna', 'Maria', 'Ali', 'José', 'Wei', 'Elena', 'Ana', 'Андрей', 'Ahmed', 'Émile', 'Анна', 'John', 'Åsa', 'Li'],
  ...['Olga', 'Peter', 'Fatima', 'Noah', 'Ingrid', 'Tomás', 'Yuki', 'Zoë', 'Priya', 'Łukasz', 'Ürsula', 'Quentin'],
];

/** Generates a UUIDv7 of the time `t`. */
const uuidv7 = `(lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7' ||
  substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`;

/**
 * Every tenth address is numbered in the order of sign-ups, as an import leaves them: all matches of `member3` are old. A few
 * names are unique. One user of a thousand is disabled, one of twenty is not verified, and 500 are administrators.
 */
const populate = async ({ query }: Population): Promise<void> => {
  await query(
    `INSERT INTO "user" (id, email, email_canonical, email_verified_at, origin, name, disabled_at, created_at)
     SELECT ${uuidv7}, email, email, CASE WHEN random() > 0.05 THEN t END, 'SIGN_UP', first || ' ' || last,
            CASE WHEN random() < 0.001 THEN t END, t
     FROM (
       SELECT t, first, last, CASE WHEN n % 10 = 0 THEN 'member' || n
                ELSE translate(lower(first), 'éåëäüłáósндрейа', 'eaeauoaosndreja') || '.' || n END || '@example.com' AS email
       FROM (
         SELECT n, now() - ($1::int - n) * interval '30 seconds' AS t,
                CASE WHEN n % 100000 = 7 THEN 'Xanthippe' WHEN n % 2000 = 9 THEN 'Zebedee'
                     ELSE ($2::text[])[1 + floor(power(random(), 3) * cardinality($2::text[]))::int] END AS first,
                substr(md5(random()::text), 1, 8) AS last
         FROM generate_series(1, $1::int) n) AS named) AS u`,
    [USERS, firstNames],
  );
  await query(`INSERT INTO auth_user_role (user_id, role) SELECT id, 'USER' FROM "user"`);
  await query(`INSERT INTO auth_user_role (user_id, role) SELECT id, 'ADMIN' FROM "user" ORDER BY random() LIMIT 500`);
  await query('VACUUM ANALYZE');
};

const terms = {
  'no search': null,
  'a frequent name': 'anna',
  'a frequent Cyrillic name in capitals': 'АНДР',
  'one letter': 'a',
  'a name of one in 2,000': 'zebedee',
  'a name of one in 100,000': 'xanthippe',
  'a complete address': 'member1000000@example.com',
  'frequent addresses, all old': 'member3',
  'an absent prefix': 'qqqq',
} as const;

const filters: Readonly<Record<string, UserListFilter>> = {
  'no filter': {},
  'role USER': { role: 'USER' },
  'role ADMIN': { role: 'ADMIN' },
  disabled: { disabled: true },
  unverified: { emailVerified: false },
  'role USER, enabled, verified': { role: 'USER', disabled: false, emailVerified: true },
};

const work = async (bench: Bench): Promise<void> => {
  const population = await createPopulation(bench);
  const startedAt = performance.now();
  await populate(population);
  console.log(`${USERS} users were created in ${formatMs(performance.now() - startedAt).trim()}.`);
  const [middle] = await population.query<{ id: string }>(
    `SELECT id FROM "user" ORDER BY id OFFSET ${USERS / 2} LIMIT 1`,
  );
  const pages: Readonly<Record<string, UserListRequest>> = {
    'first page': {},
    'deep page': { after: middle?.id ?? '' },
    'last page': { last: 20 },
  };
  const { users } = population.core.auth;
  const slow: string[] = [];
  for (const [term, search] of Object.entries(terms)) {
    for (const [condition, filter] of Object.entries(filters)) {
      for (const [page, request] of Object.entries(pages)) {
        const durations: number[] = [];
        for (let repetition = 0; repetition <= REPETITIONS; repetition += 1) {
          const before = performance.now();
          await users.list({ ...request, filter: { ...filter, search } });
          // The first repetition reads pages that are not cached.
          if (repetition > 0) durations.push(performance.now() - before);
        }
        const shape = `${term}, ${condition}, ${page}`;
        const typical = median(durations);
        printRow(shape.padEnd(84), `median ${formatMs(typical)}`, `worst ${formatMs(maximum(durations))}`);
        if (typical >= TARGET_MS) slow.push(shape);
      }
    }
  }
  for (const shape of slow) console.log(`too slow: ${shape}`);
  bench.check(`the median of every shape is less than ${TARGET_MS} ms`, slow.length === 0);
};

/** `npm run bench -- search` */
export const search: Benchmark = { minutes: 30, flags: [], work };
