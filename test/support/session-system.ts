import { setImmediate as nextTurn } from 'node:timers/promises';

import pg from 'pg';

import type { Caller, UserCaller } from '../../src/auth/caller.js';
import type { Tokens } from '../../src/auth/sessions/tokens.js';
import { PASSWORD } from './app.js';
import { client, startCore, type TestCore, noProof } from './core.js';
import type { Origin } from './session-model.js';
import { createSlowNotices } from './slow-notices.js';

/** What a session's row and its record say. Without a row there is no generation. */
export interface SeenSession {
  readonly generation: number | null;
  readonly confirmed: number | null;
  readonly lives: boolean;
  readonly events: readonly string[];
}

/** The flows, and the tokens that some users were given by them. Users and sessions are named by their index. */
export type SessionSystem = Awaited<ReturnType<typeof startSessionSystem>>;

interface Held {
  readonly id: string;
  readonly refreshTokens: Map<number, string>;
  readonly accessTokens: { readonly generation: number; readonly text: string }[];
}

const OTHER_PASSWORD = 'an entirely different one';
const SYSTEM = { kind: 'system' } as const;

const at = <T>(items: readonly T[], index: number): T => {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no ${index} of ${items.length}`);
  return item;
};

/** What the tokens say, read as their formats are written down and not as `src` reads them. */
const generationsOf = ({ accessToken, refreshToken }: Tokens) => {
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    sid: string;
    gen: number;
    roles: string[];
  };
  return { ...claims, refreshed: Buffer.from(refreshToken, 'base64url').readUInt32BE(33) };
};

/** One connection for what is done behind the server's back. */
const openDatabase = async ({ database }: TestCore) => {
  if (database.url === undefined) return { query: database.query, close: () => Promise.resolve() };
  const connection = new pg.Client(database.url);
  await connection.connect();
  return {
    query: async (sql: string, values: readonly unknown[] = []): Promise<unknown[]> =>
      (await connection.query<object>(sql, [...values])).rows,
    close: () => connection.end(),
  };
};

/**
 * Starts the flows with `count` users, over a database of their own. The grace is the longest there is, so that it passes
 * when a test says so and not because the machine is slow.
 */
export const startSessionSystem = async (count: number) => {
  const notices = createSlowNotices();
  const core = await startCore({ REFRESH_GRACE_SECONDS: '60' }, notices.around);
  const { auth } = core;
  const { query, close } = await openDatabase(core);
  const users: { id: string; email: string; password: string }[] = [];
  for (let index = 0; index < count; index += 1) users.push(await core.createUser(`user-${index}@example.com`));
  const ids = users.map(({ id }) => id);
  let sessions: Held[] = [];
  let authentications = 0;

  const authenticate = (token: string): Promise<Caller> => {
    authentications += 1;
    return auth.authenticate([`Bearer ${token}`]);
  };

  // Nobody among the users is the last administrator.
  const administrator = await core.createUser('administrator@example.com');
  await auth.users.grantRole(administrator.id, 'ADMIN', SYSTEM);

  /** Waits until the server has heard what was done behind its back. */
  const settle = () => notices.settle(() => query(`SELECT pg_notify('principal_changed', $1)`, [notices.marker]));

  // Principals are remembered, and notices heard, from the moment on when the first echo has come back.
  const witnessed = await auth.login.withPassword(administrator, client, noProof);
  if ('failure' in witnessed) throw new Error(witnessed.failure);
  for (let reads = -1; reads !== auth.principalReads();) {
    reads = auth.principalReads();
    await authenticate(witnessed.accessToken);
    await nextTurn();
  }

  const surgery = async (sql: string, values: readonly unknown[]) => {
    await query(sql, values);
    await settle();
  };
  const idOf = (session: number) => at(sessions, session).id;

  /** Keeps what came back, if it arrived; says of which generation it is and for which roles. */
  const keep = (held: Held, tokens: Tokens, arrives: boolean) => {
    const { sid, gen, roles, refreshed } = generationsOf(tokens);
    const known = held.refreshTokens.get(gen) ?? tokens.refreshToken;
    if (sid !== held.id || refreshed !== gen || known !== tokens.refreshToken)
      throw new Error(`tokens of ${held.id} are for ${sid}, generations ${gen} and ${refreshed}`);
    held.refreshTokens.set(gen, tokens.refreshToken);
    if (arrives) held.accessTokens.push({ generation: gen, text: tokens.accessToken });
    return { generation: gen, roles };
  };

  const begin = (tokens: Tokens) => {
    const held: Held = { id: tokens.session.id, refreshTokens: new Map(), accessTokens: [] };
    sessions.push(held);
    return keep(held, tokens, true);
  };

  const accessToken = (session: number, generation: number) => {
    const found = at(sessions, session).accessTokens.findLast((token) => token.generation === generation);
    if (!found) throw new RangeError(`nobody holds an access token of generation ${generation}`);
    return found.text;
  };
  const refreshToken = (session: number, generation: number) => {
    const found = at(sessions, session).refreshTokens.get(generation);
    if (!found) throw new RangeError(`nobody holds a refresh token of generation ${generation}`);
    return found;
  };

  const call = async (session: number, generation: number): Promise<UserCaller | undefined> => {
    const caller = await authenticate(accessToken(session, generation));
    if (caller.kind === 'user') return caller;
    if (caller.reason !== 'SESSION_REVOKED') throw new Error(caller.reason);
    return undefined;
  };

  return {
    /** How many access tokens were shown, and how many of them cost a read. */
    effort: () => ({ authentications, reads: auth.principalReads() }),

    /** Forgets every session, and makes each user what it was at first. */
    async reset() {
      sessions = [];
      await query('DELETE FROM auth_session WHERE user_id = ANY($1::uuid[])', [ids]);
      await query('DELETE FROM auth_security_event WHERE subject_id = ANY($1::uuid[])', [ids]);
      await query('UPDATE "user" SET disabled_at = NULL WHERE id = ANY($1::uuid[])', [ids]);
      await surgery(`DELETE FROM auth_user_role WHERE role <> 'USER' AND user_id = ANY($1::uuid[])`, [ids]);
    },

    async login(user: number, origin: Origin) {
      const tokens = await auth.login.withPassword(at(users, user), { ...client, ...origin }, noProof);
      return 'failure' in tokens ? undefined : begin(tokens);
    },

    async refresh(session: number, generation: number, origin: Origin, arrives = true) {
      const tokens = await auth.refresh(refreshToken(session, generation), { ...client, ...origin });
      return 'failure' in tokens ? undefined : keep(at(sessions, session), tokens, arrives);
    },

    /** Shows a refresh token of which one bit is another. */
    async refreshEdited(session: number, generation: number, bit: number) {
      const bytes = Buffer.from(refreshToken(session, generation), 'base64url');
      const offset = (bit >> 3) % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << (bit & 7)), offset);
      return auth.refresh(bytes.toString('base64url'), client);
    },

    /** Shows the newest access token of a generation, and answers the roles of the caller it makes. */
    use: async (session: number, generation: number) => (await call(session, generation))?.roles,

    /** Shows every access token that arrived, the oldest first. */
    async useAll(visit: (session: number, generation: number, caller: Caller) => void) {
      for (const [index, { accessTokens }] of sessions.entries())
        for (const { generation, text } of accessTokens) visit(index, generation, await authenticate(text));
    },

    async logout(session: number, bearer: number | null, refreshed: number | null) {
      const caller: Caller =
        (bearer === null ? undefined : await call(session, bearer)) ??
        ({ kind: 'anonymous', reason: 'MISSING' } as const);
      await auth.sessions.logout(caller, refreshed === null ? [] : [refreshToken(session, refreshed)], client);
    },

    async revoke(session: number, generation: number, target: number) {
      const caller = await call(session, generation);
      return caller && ((await auth.sessions.revoke(caller, idOf(target), client))?.failure ?? 'REVOKED');
    },

    async revokeAll(session: number, generation: number, which: 'all' | 'others') {
      const caller = await call(session, generation);
      if (!caller) return undefined;
      if (which === 'all') return auth.sessions.revokeAll(caller, client);
      return (await auth.sessions.revokeOthers(caller, client)).revokedSessions;
    },

    revokeAllOf: (user: number) => auth.users.revokeSessions(at(ids, user), SYSTEM),

    async changePassword(session: number, generation: number, user: number, origin: Origin) {
      const caller = await call(session, generation);
      if (!caller) return undefined;
      const owner = at(users, user);
      const newPassword = owner.password === PASSWORD ? OTHER_PASSWORD : PASSWORD;
      const change = { currentPassword: owner.password, newPassword };
      const tokens = await auth.passwords.change(caller, change, { ...client, ...origin }, null);
      if ('failure' in tokens) throw new Error(tokens.failure);
      owner.password = newPassword;
      return begin(tokens);
    },

    disable: (user: number) => auth.users.disable(at(ids, user), SYSTEM),
    disableByHand: (user: number) => surgery('UPDATE "user" SET disabled_at = now() WHERE id = $1', [at(ids, user)]),
    enable: (user: number) => auth.users.enable(at(ids, user), SYSTEM),
    promote: (user: number) => auth.users.grantRole(at(ids, user), 'ADMIN', SYSTEM),
    demote: (user: number) => auth.users.revokeRole(at(ids, user), 'ADMIN', SYSTEM),

    passGrace: (session: number) =>
      query(`UPDATE auth_session SET rotated_at = rotated_at - interval '61 seconds' WHERE id = $1`, [idOf(session)]),
    expire: (session: number, lifetime: 'idle_expires_at' | 'expires_at') =>
      surgery(`UPDATE auth_session SET ${lifetime} = now() - interval '1 second' WHERE id = $1`, [idOf(session)]),
    remove: (session: number) => surgery('DELETE FROM auth_session WHERE id = $1', [idOf(session)]),

    /** What a restored backup does: the row is as it was, and every server that was connected has forgotten it. */
    async restore(session: number, generation: number, confirmed: number, rotatedFrom: Origin, user: number) {
      await query(
        `UPDATE auth_session SET generation = $2, confirmed_generation = $3, rotated_at = now() - interval '1 hour',
           rotated_network = $4, rotated_user_agent = $5, revoked_at = NULL, password_attempts = 0,
           idle_expires_at = now() + interval '1 day', expires_at = now() + interval '1 day'
         WHERE id = $1`,
        [idOf(session), generation, confirmed, rotatedFrom.network, rotatedFrom.userAgent],
      );
      await surgery(`SELECT pg_notify('principal_changed', $1)`, [at(ids, user)]);
    },

    /** Every session in the order of their beginnings. */
    async look(): Promise<SeenSession[]> {
      const rows = (await query(
        `SELECT s.generation, s.confirmed_generation AS confirmed,
           coalesce(s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now()
                    AND u.disabled_at IS NULL, false) AS lives,
           ARRAY(SELECT type FROM auth_security_event e
                 WHERE e.session_id = held.id AND type LIKE 'REFRESH%' ORDER BY type) AS events,
           (SELECT count(*)::int FROM auth_session WHERE user_id = ANY($2::uuid[]) AND id <> ALL($1::uuid[])) AS unknown
         FROM unnest($1::uuid[]) WITH ORDINALITY AS held (id, n)
         LEFT JOIN auth_session s ON s.id = held.id LEFT JOIN "user" u ON u.id = s.user_id
         ORDER BY held.n`,
        [sessions.map(({ id }) => id), ids],
      )) as (SeenSession & { unknown: number })[];
      return rows.map(({ unknown, ...seen }) => {
        if (unknown > 0) throw new Error(`${unknown} sessions began that nobody asked for`);
        return seen;
      });
    },

    /** The live sessions that a user is shown, by their index. */
    async list(user: number) {
      const caller: UserCaller = { kind: 'user', userId: at(ids, user), sessionId: '', roles: [] };
      const listed = await auth.sessions.list(caller);
      return listed.map(({ id }) => sessions.findIndex((held) => held.id === id)).sort((a, b) => a - b);
    },

    async close() {
      await close();
      await core.close();
    },
  };
};
