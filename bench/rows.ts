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
/** Users whose sessions are measured, of either database; the few have no more. */
const USERS = FEW / SESSIONS_PER_USER;
/** The first of them only warm everything up. */
const WARM_UP = 50;
const ALLOWED_RATIO = 1.3;

const client = { network: '203.0.113.0/24', userAgent: 'bench', language: null, requestId: 'bench' };

/** A UUIDv7 of the moment `t`. */
const uuidv7 = `(lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7' ||
  substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`;

/** A user's sessions begin at different times, so that they lie apart as they do in life. */
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

interface Member {
  readonly userId: string;
  readonly sessionIds: readonly string[];
}

/** What is measured, and how often it is done to each member. */
const turns = { refresh: SESSIONS_PER_USER, logout: SESSIONS_PER_USER / 2, revokeAllSessions: 1 };

type FlowName = keyof typeof turns;

/** The sessions of one database. */
interface Crowd {
  readonly members: readonly Member[];
  /** `turn` counts the times that this is done to the member. */
  readonly flows: Record<FlowName, (member: Member, turn: number) => Promise<void>>;
}

const gather = async (bench: Bench, count: number): Promise<Crowd> => {
  const population = await createPopulation(bench);
  const startedAt = performance.now();
  await populate(population, count);
  console.log(`${count} sessions were made in ${formatMs(performance.now() - startedAt).trim()}.`);
  const members = await population.query<Member>(
    `SELECT user_id AS "userId", array_agg(id::text) AS "sessionIds" FROM auth_session
     WHERE user_id IN (SELECT id FROM "user" ORDER BY random() LIMIT $1) GROUP BY user_id`,
    [USERS],
  );
  const config = loadConfig(population.env);
  const { auth, store } = population.core;
  const keys = await openSigningKeys(store, createSecretBox(config.encryptionKeys), config, () => new Date());
  const [key] = keys.current().refreshTokens;
  const tokenOf = ({ sessionIds }: Member, index: number) =>
    signRefreshToken(key, { sessionId: sessionIds[index] ?? '', generation: 1 });

  return {
    members,
    flows: {
      async refresh(member, turn) {
        const tokens = await auth.refresh(tokenOf(member, turn), client);
        if ('failure' in tokens) throw new Error(tokens.failure);
      },
      logout: (member, turn) =>
        auth.sessions.logout({ kind: 'anonymous', reason: 'MISSING' }, [tokenOf(member, turn)], client),
      async revokeAllSessions({ userId, sessionIds }) {
        const caller = { kind: 'user', userId, sessionId: sessionIds[0] ?? '', roles: [] } as const;
        const revoked = await auth.sessions.revokeAll(caller, 'all', client);
        if (revoked !== SESSIONS_PER_USER - turns.logout) throw new Error(`${revoked} sessions were revoked.`);
      },
    },
  };
};

/** Milliseconds. */
const time = async ({ members, flows }: Crowd, name: FlowName, index: number, turn: number): Promise<number> => {
  const member = members[index];
  if (!member) throw new Error(`There are only ${members.length} users.`);
  const startedAt = performance.now();
  await flows[name](member, turn);
  return performance.now() - startedAt;
};

const work = async (bench: Bench): Promise<void> => {
  const few = await gather(bench, FEW);
  const many = await gather(bench, MANY);
  console.log(`What it takes among ${FEW} sessions and among ${MANY}, in turn:`);
  for (const name of ['refresh', 'logout', 'revokeAllSessions'] as const) {
    const amongFew: number[] = [];
    const amongMany: number[] = [];
    for (let turn = 0; turn < turns[name]; turn += 1) {
      for (let index = 0; index < USERS; index += 1) {
        const [one, other] = [await time(few, name, index, turn), await time(many, name, index, turn)];
        if (index < WARM_UP) continue;
        amongFew.push(one);
        amongMany.push(other);
      }
    }
    const [one, other] = [median(amongFew), median(amongMany)];
    const ratio = other / one;
    printRow(name, `${amongFew.length} times`, `median ${formatMs(one)} and ${formatMs(other)}`, `ratio ${ratio.toFixed(2)}`);
    bench.check(`${name} costs less than ${ALLOWED_RATIO} times as much among many sessions`, ratio < ALLOWED_RATIO);
  }
};

/** `npm run bench -- rows` */
export const rows: Benchmark = { minutes: 15, flags: [], work };
