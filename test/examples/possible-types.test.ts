import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { parse } from 'graphql';
import { Query, Resolver } from 'type-graphql';

import * as apollo3 from '../../examples/clients/apollo-3.js';
import * as apollo4 from '../../examples/clients/apollo-4.js';
import * as graphqlRequest from '../../examples/clients/graphql-request.js';
import { createSession, type Session } from '../../examples/clients/session.js';
import { createMemoryStorage } from '../../examples/clients/storage.js';
import * as urql from '../../examples/clients/urql.js';
import { Public } from '../../src/authorization/rule.js';
import { ConfirmEmailChangeResult } from '../../src/graphql/email/email.types.js';
import { errorResultOf } from '../../src/graphql/error-result.js';
import { startApp, type TestApp, type TestUser } from '../support/app.js';

const login = `
  login(input: $input) {
    __typename
    ...Tokens
    ... on ErrorResult {
      code
      message
      retryable
    }
  }
`;

const tokens = `
  fragment Tokens on IssuedTokens {
    accessToken
    tokenType
    expiresIn
    scope
    refreshToken
    session {
      id
      current
    }
  }
`;

const LOGIN = parse(`mutation Login($input: LoginInput!) { ${login} } ${tokens}`);

/** How a cache reads what it kept of the mutation. */
const inCache = (variables: ReturnType<typeof right>) => ({
  id: 'ROOT_MUTATION',
  fragment: parse(`fragment Cached on Mutation { ${login} } ${tokens}`),
  fragmentName: 'Cached',
  variables,
});

const LAST_FAILURE = parse(`
  query LastFailure {
    lastFailure {
      __typename
      ... on ErrorResult {
        code
        message
        retryable
      }
    }
  }
`);

const text: unknown = expect.stringMatching(/./);

const TOKENS = {
  login: {
    __typename: 'LoginSuccess',
    accessToken: text,
    tokenType: 'Bearer',
    expiresIn: 1800,
    scope: 'role:USER',
    refreshToken: text,
    session: { id: text, current: true },
  },
};
const INVALID_CREDENTIALS = {
  login: { __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS', message: text, retryable: false },
};
const INVALID_TOKEN = {
  lastFailure: { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN', message: text, retryable: false },
};

@Resolver()
class FailureResolver {
  @Query(() => ConfirmEmailChangeResult, { description: 'A query that returns a failure.' })
  @Public('A cache keeps the results of queries.')
  lastFailure(): typeof ConfirmEmailChangeResult {
    return errorResultOf({ failure: 'INVALID_TOKEN' });
  }
}

let app: TestApp;
let url: string;
let user: TestUser;
let session: Session;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [FailureResolver] });
  url = `${app.url}/graphql`;
  user = await app.createUser();
});

beforeEach(() => {
  session = createSession({ url, transport: 'body', storage: createMemoryStorage(), onLoggedOut: () => undefined });
});

afterAll(() => app.close());

/** The variables of a login that succeeds, and of one that fails. */
const right = () => ({ input: { email: user.email, password: user.password } });
const wrong = () => ({ input: { email: user.email, password: 'not the password of the user' } });

describe('Apollo Client 4', () => {
  const logIn = async (client: ApolloClient, variables: ReturnType<typeof right>) => {
    const { data } = await client.mutate({ mutation: LOGIN, variables, keepRootFields: true });
    const cached = client.cache.readFragment(inCache(variables));
    return { data, cached };
  };

  it('reads the fields of IssuedTokens from the result and from the cache', async () => {
    const { data, cached } = await logIn(apollo4.createClient(url, session), right());
    expect(data).toMatchObject(TOKENS);
    expect(cached).toMatchObject(TOKENS);
  });

  it('reads the fields of ErrorResult from the result and from the cache', async () => {
    const { data, cached } = await logIn(apollo4.createClient(url, session), wrong());
    expect(data).toMatchObject(INVALID_CREDENTIALS);
    expect(cached).toMatchObject(INVALID_CREDENTIALS);
  });

  it('reads the result of a query from the cache', async () => {
    const client = apollo4.createClient(url, session);
    const { data } = await client.query({ query: LAST_FAILURE });
    expect(data).toMatchObject(INVALID_TOKEN);
    expect(client.readQuery({ query: LAST_FAILURE })).toMatchObject(INVALID_TOKEN);
  });

  it('without possibleTypes drops the fields of both interfaces, from the result and from the cache', async () => {
    const open = () => new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url }) });
    const succeeded = { login: { __typename: 'LoginSuccess' } };
    expect(await logIn(open(), right())).toEqual({ data: succeeded, cached: succeeded });
    const failed = { login: { __typename: 'InvalidCredentialsError' } };
    expect(await logIn(open(), wrong())).toEqual({ data: failed, cached: failed });
  });
});

describe('Apollo Client 3', () => {
  const logIn = async (variables: ReturnType<typeof right>) => {
    const client = apollo3.createClient(url, session);
    const { data } = await client.mutate<unknown>({ mutation: LOGIN, variables, keepRootFields: true });
    const cached = client.cache.readFragment<unknown>(inCache(variables));
    return { data, cached };
  };

  it('reads the fields of IssuedTokens from the result and from the cache', async () => {
    const { data, cached } = await logIn(right());
    expect(data).toMatchObject(TOKENS);
    expect(cached).toMatchObject(TOKENS);
  });

  it('reads the fields of ErrorResult from the result and from the cache', async () => {
    const { data, cached } = await logIn(wrong());
    expect(data).toMatchObject(INVALID_CREDENTIALS);
    expect(cached).toMatchObject(INVALID_CREDENTIALS);
  });

  it('reads the result of a query from the cache', async () => {
    const client = apollo3.createClient(url, session);
    const { data } = await client.query<unknown>({ query: LAST_FAILURE });
    expect(data).toMatchObject(INVALID_TOKEN);
    expect(client.readQuery({ query: LAST_FAILURE })).toMatchObject(INVALID_TOKEN);
  });
});

describe('urql, whose cache keeps whole results and needs no possibleTypes', () => {
  it('reads the fields of IssuedTokens from the result', async () => {
    const { data } = await urql.createClient(url, session).mutation<unknown>(LOGIN, right());
    expect(data).toMatchObject(TOKENS);
  });

  it('reads the fields of ErrorResult from the result', async () => {
    const { data } = await urql.createClient(url, session).mutation<unknown>(LOGIN, wrong());
    expect(data).toMatchObject(INVALID_CREDENTIALS);
  });

  it('reads the result of a query from the cache', async () => {
    const client = urql.createClient(url, session);
    const { data } = await client.query<unknown>(LAST_FAILURE, {});
    expect(data).toMatchObject(INVALID_TOKEN);
    const cached = await client.query<unknown>(LAST_FAILURE, {}, { requestPolicy: 'cache-only' });
    expect(cached.data).toMatchObject(INVALID_TOKEN);
  });
});

describe('graphql-request, which has no cache', () => {
  it('reads the fields of IssuedTokens from the result', async () => {
    expect(await graphqlRequest.createClient(url, session).request(LOGIN, right())).toMatchObject(TOKENS);
  });

  it('reads the fields of ErrorResult from the result', async () => {
    expect(await graphqlRequest.createClient(url, session).request(LOGIN, wrong())).toMatchObject(INVALID_CREDENTIALS);
  });
});
