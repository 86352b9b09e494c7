import type { Role } from '../src/values/roles.js';
import { PASSWORD, type BenchUser, type Population } from './population.js';
import type { GraphQLRequest, Server } from './servers.js';

/** Two instances with one database, and an administrator. */
export interface RevocationSetup {
  readonly population: Population;
  /** The instance that performs the revocation. */
  readonly one: Server;
  /** The instance that must enforce it. */
  readonly two: Server;
  readonly administrator: BenchUser;
}

/** A kind of revocation, and the request that it affects. */
export interface Revocation {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Sent before and after the revocation. */
  readonly query: string;
  readonly refusal: 401 | 403;
  /** @throws Error when the revocation fails */
  readonly revoke: (world: RevocationSetup, user: BenchUser) => Promise<unknown>;
}

export const ME = '{ me { id } }';

/** @throws Error when the result is not the expected success type */
const mutate = async (server: Server, success: string, request: GraphQLRequest): Promise<void> => {
  const { status, data } = await server.send(request);
  const [result] = Object.values(data ?? {}) as { __typename: string }[];
  if (result?.__typename !== success) throw new Error(`${request.query} returned ${status} ${JSON.stringify(data)}`);
};

const byUser = { roles: [], query: ME, refusal: 401 } as const;

const WARM_UP_REQUESTS = 300;

/** Sends enough requests for the JIT compiler before the measurement. */
export const warmUp = async ({
  population,
  one,
  two,
}: Pick<RevocationSetup, 'population' | 'one' | 'two'>): Promise<void> => {
  const { accessToken } = await population.createUser('ADMIN');
  const queries = new Set(revocations.map(({ query }) => query));
  for (let sent = 0; sent < WARM_UP_REQUESTS; sent += 1)
    for (const query of queries) await Promise.all([one, two].map((server) => server.send({ query, accessToken })));
};

export const revocations: readonly Revocation[] = [
  {
    ...byUser,
    name: 'logout',
    revoke: ({ one }, { accessToken }) =>
      mutate(one, 'LogoutPayload', { query: 'mutation { logout { __typename } }', accessToken }),
  },
  {
    ...byUser,
    name: 'revokeSession, by another session',
    async revoke({ one, population }, { email, sessionId }) {
      const { accessToken } = await population.login(email);
      const query = 'mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }';
      await mutate(one, 'RevokeSessionSuccess', { query, variables: { input: { sessionId } }, accessToken });
    },
  },
  {
    ...byUser,
    name: 'revokeAllSessions',
    revoke: ({ one }, { accessToken }) =>
      mutate(one, 'RevokeAllSessionsPayload', { query: 'mutation { revokeAllSessions { __typename } }', accessToken }),
  },
  {
    ...byUser,
    name: 'disableUser',
    revoke: ({ one, administrator: { accessToken } }, { id: userId }) => {
      const query = 'mutation($input: DisableUserInput!) { disableUser(input: $input) { __typename } }';
      return mutate(one, 'DisableUserSuccess', { query, variables: { input: { userId } }, accessToken });
    },
  },
  {
    name: 'setUserRoles, a demotion',
    roles: ['ADMIN'],
    query: '{ users(first: 1) { edges { cursor } } }',
    refusal: 403,
    revoke: ({ one, administrator: { accessToken } }, { id: userId }) => {
      const query = 'mutation($input: SetUserRolesInput!) { setUserRoles(input: $input) { __typename } }';
      return mutate(one, 'SetUserRolesSuccess', {
        query,
        variables: { input: { userId, roles: ['USER'] } },
        accessToken,
      });
    },
  },
  {
    ...byUser,
    name: 'changePassword',
    revoke: ({ one }, { accessToken }) => {
      const query = 'mutation($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }';
      const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
      return mutate(one, 'ChangePasswordSuccess', { query, variables: { input }, accessToken });
    },
  },
  {
    ...byUser,
    name: 'a bare UPDATE',
    revoke: ({ population }, { sessionId }) =>
      population.query('UPDATE auth_session SET revoked_at = now() WHERE id = $1', [sessionId]),
  },
];
