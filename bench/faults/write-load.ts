import { setTimeout as delay } from 'node:timers/promises';

import { PASSWORD, type BenchUser } from '../population.js';
import type { GraphQLRequest, GraphQLResponse } from '../servers.js';
import type { ClientSession, ClientUser, Secret, WriteRecord } from './write-record.js';

/** Limits that the load does not reach: a new session would otherwise replace one that the record expects to be live. */
export const highLimits = {
  LOGIN_ATTEMPTS_PER_ACCOUNT: '1000',
  LOGIN_ATTEMPTS_PER_NETWORK: '1000000',
  SESSIONS_PER_USER: '100',
};

/** What responds to the load; undefined while it is stopped. */
export interface WriteTarget {
  server: { readonly send: (request: GraphQLRequest) => Promise<GraphQLResponse> } | undefined;
}

const mutation = (name: string, type: string, selection: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ${selection} } }`;
const tokens = 'accessToken refreshToken';

const queries = {
  login: mutation('login', 'LoginInput', `... on LoginSuccess { ${tokens} }`),
  refresh: mutation('refreshSession', 'RefreshSessionInput', `... on RefreshSessionSuccess { ${tokens} }`),
  logout: mutation('logout', 'LogoutInput', 'revokedSessions'),
  profile: mutation('updateProfile', 'UpdateProfileInput', ''),
  reset: mutation('resetPassword', 'ResetPasswordInput', ''),
} as const;

/** Resolves with the result; undefined when the outcome is not known, or the database was unavailable. */
export type SendWrite = (
  name: keyof typeof queries,
  input: object,
  accessToken?: string,
) => Promise<WriteResult | undefined>;

type WriteResult = { readonly __typename: string; readonly revokedSessions?: number } & Partial<ClientSession>;

/** Creates the function that sends a write once, and records what became of it. */
export const createSendWrite =
  (target: WriteTarget, record: WriteRecord): SendWrite =>
  async (name, input, accessToken) => {
    const request = {
      query: queries[name],
      variables: { input },
      ...(accessToken === undefined ? {} : { accessToken }),
    };
    const response = await target.server?.send(request).catch(() => undefined);
    const [result] = Object.values(response?.data ?? {}) as (WriteResult | null)[];
    if (response === undefined) record.unanswered += 1;
    else if (response.status === 503) record.unavailable += 1;
    else if (response.status === 200 && result) return result;
    else record.unexpected.push(`${name}: ${response.status}`);
    return undefined;
  };

/** Refreshes with the last acknowledged token. It must never be refused: its session was not ended. */
export const refresh = async (send: SendWrite, record: WriteRecord, session: ClientSession): Promise<void> => {
  const result = await send('refresh', { refreshToken: session.refreshToken });
  if (!result) return;
  if (result.accessToken === undefined || result.refreshToken === undefined) {
    record.lost.push(`session: ${result.__typename}`);
    return;
  }
  record.acknowledged += 1;
  session.accessToken = result.accessToken;
  session.refreshToken = result.refreshToken;
};

/** Sets a name that no earlier request has set. Without a response, it may have been stored or not. */
const rename = async (send: SendWrite, record: WriteRecord, user: ClientUser): Promise<void> => {
  record.sequence += 1;
  const name = String(record.sequence);
  user.names.push(name);
  const [session] = user.sessions;
  const result = await send('profile', { name }, session?.accessToken);
  if (!result) return;
  if (result.__typename !== 'UpdateProfileSuccess') record.unexpected.push(`profile: ${result.__typename}`);
  record.acknowledged += 1;
  user.names = [name];
};

const login = async (send: SendWrite, record: WriteRecord, user: ClientUser): Promise<void> => {
  const result = await send('login', { email: user.email, password: PASSWORD });
  if (!result) return;
  // Attempts whose server was killed were not given back.
  if (result.__typename === 'RateLimitedError') return;
  const { accessToken, refreshToken } = result;
  if (accessToken === undefined || refreshToken === undefined) {
    record.unexpected.push(`login: ${result.__typename}`);
    return;
  }
  record.acknowledged += 1;
  user.sessions.push({ accessToken, refreshToken });
};

/** Ends a session. Without a response, it may be live or not, so that nothing is expected of it. */
const logout = async (send: SendWrite, record: WriteRecord, user: ClientUser): Promise<void> => {
  const session = user.sessions.pop();
  if (!session) return;
  const result = await send('logout', { refreshToken: session.refreshToken });
  if (!result) return;
  if (result.revokedSessions !== 1) record.lost.push(`logout: ${result.revokedSessions} sessions`);
  record.acknowledged += 1;
  record.revoked.push(session);
};

/** Presents a secret twice at the same time. At most one presentation may ever succeed. */
export const presentSecret = async (send: SendWrite, record: WriteRecord, secret: Secret): Promise<void> => {
  const results = await Promise.all(
    [1, 2].map(() => {
      record.sequence += 1;
      return send('reset', { token: secret.token, newPassword: `${PASSWORD} ${record.sequence}` });
    }),
  );
  for (const result of results) {
    if (!result) continue;
    if (result.__typename === 'ResetPasswordSuccess') {
      secret.successes += 1;
      record.acknowledged += 1;
    } else if (result.__typename !== 'InvalidTokenError') record.unexpected.push(`reset: ${result.__typename}`);
  }
};

const SESSIONS_OF_USER = 4;

/** Mostly refreshes, as in production; the others in turn. */
const writeOnce = async (send: SendWrite, record: WriteRecord, user: ClientUser): Promise<void> => {
  const choice = Math.random();
  const [main, ...others] = user.sessions;
  const secret = choice < 0.03 ? record.unpresented.pop() : undefined;
  if (secret) {
    await presentSecret(send, record, secret);
    record.presented.push(secret);
  } else if (choice < 0.08 && others.length < SESSIONS_OF_USER) await login(send, record, user);
  else if (choice < 0.13 && others.length > 0) await logout(send, record, user);
  else if (choice < 0.25 && main) await rename(send, record, user);
  else if (main) await refresh(send, record, user.sessions[Math.floor(Math.random() * user.sessions.length)] ?? main);
};

/** A load that runs until it is stopped. */
export interface WriteLoad {
  readonly stop: () => Promise<void>;
}

/** Writes at a constant rate, as far as the target keeps up; each user waits for its response. */
export const startWriteLoad = (target: WriteTarget, record: WriteRecord, perSecond: number): WriteLoad => {
  const send = createSendWrite(target, record);
  let isStopped = false;
  let nextAt = performance.now();
  const waitForTurn = async () => {
    const now = performance.now();
    nextAt = Math.max(nextAt + 1000 / perSecond, now);
    await delay(nextAt - now);
  };
  const workers = record.users.map(async (user) => {
    while (!isStopped) {
      await waitForTurn();
      if (target.server) await writeOnce(send, record, user);
    }
  });
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(workers);
    },
  };
};

export const clientUserOf = ({ id, email, accessToken, refreshToken }: BenchUser): ClientUser => ({
  id,
  email,
  sessions: [{ accessToken, refreshToken }],
  names: [null],
});
