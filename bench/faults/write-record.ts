import { uuidv7 } from '../../src/values/uuid.js';
import { generateOneTimeToken } from '../../src/security/tokens/one-time-token.js';
import { LINK_TTL_SECONDS } from '../../src/values/policy.js';
import type { Bench } from '../bench.js';
import { PASSWORD, type Population } from '../population.js';
import { ME } from '../revocations.js';
import { clientUserOf, createSendWrite, presentSecret, refresh, type WriteTarget } from './write-load.js';

/** The last acknowledged tokens of a session. */
export interface ClientSession {
  accessToken: string;
  refreshToken: string;
}

export interface ClientUser {
  readonly id: string;
  readonly email: string;
  /** Sessions that were acknowledged and not ended. */
  readonly sessions: ClientSession[];
  /** The last acknowledged name, and later ones whose outcome is not known. */
  names: (string | null)[];
}

/** The token of a password reset, which can be used once. */
export interface Secret {
  readonly token: string;
  readonly id: string;
  /** Responses that acknowledged its use. */
  successes: number;
}

/** What clients know about their writes. */
export interface WriteRecord {
  readonly users: readonly ClientUser[];
  readonly unpresented: Secret[];
  readonly presented: Secret[];
  /** Sessions whose end was acknowledged. */
  readonly revoked: ClientSession[];
  sequence: number;
  acknowledged: number;
  unanswered: number;
  unavailable: number;
  /** Acknowledged writes that were missing. */
  readonly lost: string[];
  readonly unexpected: string[];
}

/** Creates users with a session each, and secrets that nobody has presented. */
export const createWriteRecord = async (
  population: Population,
  counts: { readonly users: number; readonly secrets: number },
): Promise<WriteRecord> => {
  const users = [];
  while (users.length < counts.users) users.push(clientUserOf(await population.createUser()));
  const unpresented: Secret[] = [];
  for (let count = 0; count < counts.secrets; count += 1) {
    const account = { email: `secret-${count}@example.com`, password: PASSWORD, name: null, roles: [], verified: true };
    const user = await population.core.auth.users.create(account, { kind: 'system' });
    if ('failure' in user) throw new Error(user.failure);
    const id = uuidv7(new Date());
    const { token, digest } = generateOneTimeToken(id);
    await population.query(
      `INSERT INTO auth_one_time_token (id, purpose, digest, email_canonical, user_id, expires_at)
       VALUES ($1, 'RESET_PASSWORD', $2, $3, $4, now() + make_interval(secs => $5))`,
      [id, digest, account.email, user.id, LINK_TTL_SECONDS],
    );
    unpresented.push({ token, id, successes: 0 });
  }
  return {
    users,
    unpresented,
    presented: [],
    revoked: [],
    sequence: 0,
    acknowledged: 0,
    unanswered: 0,
    unavailable: 0,
    lost: [],
    unexpected: [],
  };
};

/** Returns how many of these ended sessions are accepted. */
export const countAlive = async (target: WriteTarget, sessions: readonly ClientSession[]): Promise<number> => {
  let alive = 0;
  for (const { accessToken, refreshToken } of sessions) {
    const me = await target.server?.send({ query: ME, accessToken }).catch(() => undefined);
    const query = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename } }`;
    const request = { query, variables: { input: { refreshToken } } };
    const refreshed = await target.server?.send(request).catch(() => undefined);
    const result = refreshed?.data?.['refreshSession'] as { __typename: string } | undefined;
    if (me?.status === 200 || result?.__typename === 'RefreshSessionSuccess') alive += 1;
  }
  return alive;
};

/** Compares what clients know with the server and the database, and checks that nothing that was acknowledged is missing. */
export const checkWriteRecord = async (
  bench: Pick<Bench, 'check'>,
  record: WriteRecord,
  target: WriteTarget,
  { query }: Population,
): Promise<void> => {
  const send = createSendWrite(target, record);
  for (const secret of record.presented) await presentSecret(send, record, secret);
  const sessions = record.users.flatMap((user) => user.sessions);
  for (const session of sessions) await refresh(send, record, session);

  const stored = await query<{ id: string; name: string | null }>('SELECT id, name FROM "user"');
  const names = new Map(stored.map(({ id, name }) => [id, name]));
  for (const { id, names: possible } of record.users)
    if (!possible.includes(names.get(id) ?? null)) record.lost.push(`profile: ${names.get(id)}`);
  const uses = await query<{ id: string }>('SELECT id FROM auth_one_time_token WHERE consumed_at IS NOT NULL');
  const used = new Set(uses.map(({ id }) => id));
  const resets = await query<{ count: number }>(
    `SELECT count(*)::int AS count FROM auth_security_event WHERE type = 'PASSWORD_RESET' GROUP BY subject_id HAVING count(*) > 1`,
  );
  for (const { id, successes } of record.presented) if (successes > 0 && !used.has(id)) record.lost.push('reset');

  const lost = new Set(record.lost);
  const twice = record.presented.filter(({ successes }) => successes > 1).length + resets.length;
  const alive = await countAlive(target, record.revoked);
  bench.check(
    `no acknowledged write is lost (${record.lost.length} of ${record.acknowledged} are${lost.size > 0 ? `: ${[...lost].join(', ')}` : ''})`,
    record.acknowledged > 0 && record.lost.length === 0,
  );
  bench.check(`no ended session is live (${alive} of ${record.revoked.length} are)`, alive === 0);
  bench.check(`no single-use secret was used twice (${twice} of ${record.presented.length} were)`, twice === 0);
  const unexpected = [...new Set(record.unexpected)].join(', ');
  bench.check(`no unexpected response (${unexpected || 'none'})`, record.unexpected.length === 0);
};
