import { openSigningKeys } from '../src/auth/keys/signing-keys.js';
import { loadConfig } from '../src/config/config.js';
import { signRefreshToken } from '../src/security/tokens/refresh-token.js';
import { createSecretBox } from '../src/security/secret-box.js';
import type { Bench, Benchmark } from './bench.js';
import { printRow, median, formatMs } from './statistics.js';
import { createPopulation, type Population } from './population.js';

const FEW = 1000;
const MANY = 1_000_000;
const SESSIONS_PER_USER = 4;
/** The users in each database whose sessions are measured; the small one has no more. */
const USERS = FEW / SESSIONS_PER_USER;
/** The first users are not measured. */
const WARM_UP = 50;
const ALLOWED_RATIO = 1.3;

const client = { network: '203.0.113.0/24', ranges: null, userAgent: 'bench', language: null, requestId: 'bench' };

/** Generates a UUIDv7 of the time `t`. */
const uuidv7 = `(lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7' ||
  substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`;

/** The sessions of a user begin at different times, so that their rows are not adjacent. */
const populate = async ({ query }: Population, count: number): Promise<void> => {
  await query(
    `INSERT INTO "user" (id, email, email_canonical, email_verified_at, origin)
     SELECT ${uuidv7}, n || '@example.com', n || '@example.com', t, 'SIGN_UP'
     FROM (SELECT n, now() - random() * interval '300 days' AS t FROM generate_series(1, $1::int) n) AS u`,
    [count / SESSIONS_PER_USER],
  );
  await query(
    `INSERT INTO auth_session (id, user_id, client_id, amr, auth_time, created_at, last_seen_at, rotated_at, idle_expires_at, expires_at)
     SELECT ${uuidv7}, user_id, 'gatehouse', '{pwd}', t, t, t, t, t + interval '30 days', t + interval '90 days'
     FROM (SELECT id AS user_id, now() - random() * interval '29 days' AS t
           FROM "user", generate_series(1, $1::int) ORDER BY t) AS s`,
    [SESSIONS_PER_USER],
  );
  await query('VACUUM ANALYZE');
};

interface DatasetUser {
  readonly userId: string;
  readonly sessionIds: readonly string[];
}

/** How often each flow runs for each user. */
const repetitions = { refresh: SESSIONS_PER_USER, logout: SESSIONS_PER_USER / 2, revokeAllSessions: 1 };

type FlowName = keyof typeof repetitions;

interface Dataset {
  readonly users: readonly DatasetUser[];
  /** `repetition` counts from 0. */
  readonly flows: Record<FlowName, (user: DatasetUser, repetition: number) => Promise<void>>;
}

const createDataset = async (bench: Bench, count: number): Promise<Dataset> => {
  const population = await createPopulation(bench);
  const startedAt = performance.now();
  await populate(population, count);
  console.log(`${count} sessions were created in ${formatMs(performance.now() - startedAt).trim()}.`);
  const users = await population.query<DatasetUser>(
    `SELECT user_id AS "userId", array_agg(id::text) AS "sessionIds" FROM auth_session
     WHERE user_id IN (SELECT id FROM "user" ORDER BY random() LIMIT $1) GROUP BY user_id`,
    [USERS],
  );
  const config = loadConfig(population.env);
  const { auth, store } = population.core;
  const keys = await openSigningKeys(store, createSecretBox(config.encryptionKeys), config, () => new Date());
  const [key] = keys.current().refreshTokens;
  const tokenOf = ({ sessionIds }: DatasetUser, index: number) =>
    signRefreshToken(key, { sessionId: sessionIds[index] ?? '', generation: 1 });

  return {
    users,
    flows: {
      async refresh(user, repetition) {
        const tokens = await auth.refresh(tokenOf(user, repetition), client);
        if ('failure' in tokens) throw new Error(tokens.failure);
      },
      async logout(user, repetition) {
        await auth.sessions.logout({ kind: 'anonymous', reason: 'MISSING' }, [tokenOf(user, repetition)], client);
      },
      async revokeAllSessions({ userId, sessionIds }) {
        const caller = { kind: 'user', userId, sessionId: sessionIds.at(-1) ?? '', roles: [] } as const;
        const revoked = await auth.sessions.revokeAll(caller, client);
        if (revoked !== SESSIONS_PER_USER - repetitions.logout) throw new Error(`${revoked} sessions were revoked.`);
      },
    },
  };
};

/** Measures one call, in milliseconds. */
const measureFlow = async (
  { users, flows }: Dataset,
  name: FlowName,
  index: number,
  repetition: number,
): Promise<number> => {
  const user = users[index];
  if (!user) throw new Error(`There are only ${users.length} users.`);
  const startedAt = performance.now();
  await flows[name](user, repetition);
  return performance.now() - startedAt;
};

const work = async (bench: Bench): Promise<void> => {
  const few = await createDataset(bench, FEW);
  const many = await createDataset(bench, MANY);
  console.log(`Duration with ${FEW} and with ${MANY} sessions, measured alternately:`);
  for (const name of ['refresh', 'logout', 'revokeAllSessions'] as const) {
    const amongFew: number[] = [];
    const amongMany: number[] = [];
    for (let repetition = 0; repetition < repetitions[name]; repetition += 1) {
      for (let index = 0; index < USERS; index += 1) {
        const [one, other] = [
          await measureFlow(few, name, index, repetition),
          await measureFlow(many, name, index, repetition),
        ];
        if (index < WARM_UP) continue;
        amongFew.push(one);
        amongMany.push(other);
      }
    }
    const [one, other] = [median(amongFew), median(amongMany)];
    const ratio = other / one;
    printRow(
      name,
      `${amongFew.length} times`,
      `median ${formatMs(one)} and ${formatMs(other)}`,
      `ratio ${ratio.toFixed(2)}`,
    );
    bench.check(`${name} costs less than ${ALLOWED_RATIO} times as much among many sessions`, ratio < ALLOWED_RATIO);
  }
};

/** `npm run bench -- rows` */
export const rows: Benchmark = { minutes: 15, flags: [], work };
