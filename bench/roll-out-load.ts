import { setTimeout as delay } from 'node:timers/promises';

import { PASSWORD } from './population.js';
import { SERVED_BY } from './round-robin.js';

export const releases = ['previous', 'current'] as const;
export type Release = (typeof releases)[number];

const operations = {
  login: `mutation($input: LoginInput!) {
    login(input: $input) { __typename ... on LoginSuccess { accessToken refreshToken } }
  }`,
  refresh: `mutation($input: RefreshSessionInput!) {
    refreshSession(input: $input) { __typename ... on RefreshSessionSuccess { accessToken refreshToken } }
  }`,
  me: '{ me { id } }',
} as const;
type Operation = keyof typeof operations;

interface Issued {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Reply {
  readonly by: Release;
  /** The status, and what distinguishes the result: `200 LoginSuccess`, `401 TOKEN_INVALID`. */
  readonly result: string;
  readonly issued?: Issued;
}

/** Counts by name, in order of their first occurrence. */
export type Counts = Map<string, number>;

const increment = (counts: Counts, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

/** The longest pause of a client between two requests. */
const MAX_PAUSE_MS = 100;

/** Sends requests through the proxy, at a constant rate, and counts what each release responds. */
export interface RollOutClient {
  /** `previous: login 200 LoginSuccess`, for every response. */
  readonly results: Counts;
  readonly send: (operation: Operation, input?: object, accessToken?: string) => Promise<Reply>;
}

export const createRollOutClient = (proxyUrl: string, perSecond: number): RollOutClient => {
  const results: Counts = new Map();
  let nextAt = performance.now();
  const waitForTurn = async (): Promise<void> => {
    // Without it, clients take turns in a fixed order, and the proxy sends every request of a client to the same release.
    await delay(Math.random() * MAX_PAUSE_MS);
    const now = performance.now();
    nextAt = Math.max(nextAt + 1000 / perSecond, now);
    if (nextAt > now) await delay(nextAt - now);
  };
  return {
    results,
    async send(operation, input, accessToken) {
      await waitForTurn();
      const response = await fetch(`${proxyUrl}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        },
        body: JSON.stringify({ query: operations[operation], variables: input && { input } }),
      });
      const by = response.headers.get(SERVED_BY) as Release;
      const text = await response.text();
      const { data, errors } = (text === '' ? {} : JSON.parse(text)) as {
        data?: Record<string, ({ __typename?: string } & Partial<Issued>) | null> | null;
        errors?: { extensions?: { code?: string; reason?: string } }[];
      };
      const [value] = Object.values(data ?? {});
      const { reason, code } = errors?.[0]?.extensions ?? {};
      const result = [response.status, value?.__typename ?? reason ?? code]
        .filter((part) => part !== undefined)
        .join(' ');
      increment(results, `${by}: ${operation} ${result}`);
      if (value?.accessToken === undefined || value.refreshToken === undefined) return { by, result };
      return { by, result, issued: { accessToken: value.accessToken, refreshToken: value.refreshToken } };
    },
  };
};

const ATTEMPTS_FOR_BOTH = 12;

/** Sends the same request until both releases have responded, and returns the first reply of each. */
const sendToBoth = async (send: () => Promise<Reply>): Promise<readonly Reply[]> => {
  const replies = new Map<Release, Reply>();
  for (let attempt = 0; attempt < ATTEMPTS_FOR_BOTH && replies.size < releases.length; attempt += 1) {
    const reply = await send();
    if (!replies.has(reply.by)) replies.set(reply.by, reply);
  }
  return [...replies.values()];
};

/** What was found while both releases served. */
export interface Findings {
  /** `issued by previous, sent to current: 200`, for the first use of each access token at each release. */
  readonly accessTokens: Counts;
  /** Tokens to which both releases have responded. */
  readonly compared: Counts;
  /** The responses of both releases to one token, where they differ. */
  readonly disagreements: Counts;
}

export const createFindings = (): Findings => ({
  accessTokens: new Map(),
  compared: new Map(),
  disagreements: new Map(),
});

const REFRESHES_PER_LOGIN = 3;

/** Logs in, and uses each access token and each refresh token at both releases. */
export const useTokensAtBoth = async (
  { send }: RollOutClient,
  { accessTokens, compared, disagreements }: Findings,
  email: string,
): Promise<void> => {
  const compare = (token: string, replies: readonly Reply[]): void => {
    if (replies.length < releases.length) return;
    increment(compared, token);
    const [previous, current] = releases.map((release) => replies.find(({ by }) => by === release)?.result);
    if (previous !== current) increment(disagreements, `${token}: previous ${previous}, current ${current}`);
    const successors = new Set(replies.flatMap(({ issued }) => issued?.refreshToken ?? []));
    if (successors.size > 1) increment(disagreements, `${token}: different successors`);
  };
  const useAccessToken = async (accessToken: string, issuer: Release): Promise<void> => {
    const replies = await sendToBoth(() => send('me', undefined, accessToken));
    for (const { by, result } of replies) increment(accessTokens, `issued by ${issuer}, sent to ${by}: ${result}`);
    compare(`access token of ${issuer}`, replies);
  };

  let { by: issuer, issued } = await send('login', { email, password: PASSWORD });
  if (!issued) return;
  await useAccessToken(issued.accessToken, issuer);
  for (let refreshes = 0; refreshes < REFRESHES_PER_LOGIN && issued; refreshes += 1) {
    const { refreshToken }: Issued = issued;
    const replies = await sendToBoth(() => send('refresh', { refreshToken }));
    compare(`refresh token of ${issuer}`, replies);
    issued = undefined;
    for (const reply of replies) {
      if (!reply.issued) continue;
      await useAccessToken(reply.issued.accessToken, reply.by);
      ({ by: issuer, issued } = reply);
    }
  }
};

/** What the users of clients notice. */
export interface ClientFigures {
  requests: number;
  /** Requests that were rejected with 401, after which the client refreshed. */
  rejected: number;
  /** Requests that were rejected with 401 again after the refresh: the client reports an error. */
  rejectedAgain: number;
  /** Refreshes without new tokens: the client shows its login page. */
  loggedOut: number;
}

/** Runs a client that refreshes once on 401 and repeats its request, as docs/clients.md requires, until a time. */
export const runClient = async (
  { send }: RollOutClient,
  figures: ClientFigures,
  email: string,
  endAt: number,
): Promise<void> => {
  let issued: Issued | undefined;
  while (performance.now() < endAt) {
    issued ??= (await send('login', { email, password: PASSWORD })).issued;
    if (!issued) continue;
    figures.requests += 1;
    const { result } = await send('me', undefined, issued.accessToken);
    if (!result.startsWith('401')) continue;
    figures.rejected += 1;
    issued = (await send('refresh', { refreshToken: issued.refreshToken })).issued;
    if (!issued) figures.loggedOut += 1;
    else if ((await send('me', undefined, issued.accessToken)).result.startsWith('401')) figures.rejectedAgain += 1;
  }
};
