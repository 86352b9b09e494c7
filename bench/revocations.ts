import type { Role } from '../src/app/roles.js';
import { PASSWORD, type Inhabitant, type Population } from './population.js';
import type { Question, Server } from './servers.js';

/** Two servers over one database, and somebody who may take rights away. */
export interface World {
  readonly population: Population;
  /** The one that takes away. */
  readonly one: Server;
  /** The one that has to hear of it. */
  readonly two: Server;
  readonly administrator: Inhabitant;
}

/** A way in which somebody loses what it could do. */
export interface Revocation {
  readonly name: string;
  readonly roles: readonly Role[];
  /** What is asked all the time, and refused in the end. */
  readonly query: string;
  readonly refusal: 401 | 403;
  /** @throws Error when it was not done */
  readonly takeAway: (world: World, victim: Inhabitant) => Promise<unknown>;
}

export const ME = '{ me { id } }';

/** Sends a mutation, and makes sure that it did what it says. */
const mutate = async (server: Server, success: string, question: Question): Promise<void> => {
  const { status, data } = await server.ask(question);
  const [result] = Object.values(data ?? {}) as { __typename: string }[];
  if (result?.__typename !== success)
    throw new Error(`${question.query} was answered ${status} ${JSON.stringify(data)}`);
};

const byUser = { roles: [], query: ME, refusal: 401 } as const;

const WARM_UP_REQUESTS = 300;

/** Asks so much that what is measured afterwards is compiled. */
export const warmUp = async ({ population, one, two }: Pick<World, 'population' | 'one' | 'two'>): Promise<void> => {
  const { accessToken } = await population.newcomer('ADMIN');
  const queries = new Set(revocations.map(({ query }) => query));
  for (let sent = 0; sent < WARM_UP_REQUESTS; sent += 1)
    for (const query of queries) await Promise.all([one, two].map((server) => server.ask({ query, accessToken })));
};

export const revocations: readonly Revocation[] = [
  {
    ...byUser,
    name: 'logout',
    takeAway: ({ one }, { accessToken }) =>
      mutate(one, 'LogoutSuccess', { query: 'mutation { logout { __typename } }', accessToken }),
  },
  {
    ...byUser,
    name: 'revokeSession, by another session',
    async takeAway({ one, population }, { email, sessionId }) {
      const { accessToken } = await population.login(email);
      const query = 'mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }';
      await mutate(one, 'RevokeSessionSuccess', { query, variables: { input: { sessionId } }, accessToken });
    },
  },
  {
    ...byUser,
    name: 'revokeAllSessions',
    takeAway: ({ one }, { accessToken }) =>
      mutate(one, 'RevokeSessionsSuccess', { query: 'mutation { revokeAllSessions { __typename } }', accessToken }),
  },
  {
    ...byUser,
    name: 'disableUser',
    takeAway: ({ one, administrator: { accessToken } }, { id: userId }) => {
      const query = 'mutation($input: UserIdInput!) { disableUser(input: $input) { __typename } }';
      return mutate(one, 'AdminUserSuccess', { query, variables: { input: { userId } }, accessToken });
    },
  },
  {
    name: 'setUserRoles, a demotion',
    roles: ['ADMIN'],
    query: '{ users(first: 1) { edges { cursor } } }',
    refusal: 403,
    takeAway: ({ one, administrator: { accessToken } }, { id: userId }) => {
      const query = 'mutation($input: SetUserRolesInput!) { setUserRoles(input: $input) { __typename } }';
      return mutate(one, 'AdminUserSuccess', { query, variables: { input: { userId, roles: ['USER'] } }, accessToken });
    },
  },
  {
    ...byUser,
    name: 'changePassword',
    takeAway: ({ one }, { accessToken }) => {
      const query = 'mutation($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }';
      const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
      return mutate(one, 'ChangePasswordSuccess', { query, variables: { input }, accessToken });
    },
  },
  {
    ...byUser,
    name: 'a bare UPDATE',
    takeAway: ({ population }, { sessionId }) =>
      population.query('UPDATE auth_session SET revoked_at = now() WHERE id = $1', [sessionId]),
  },
];
