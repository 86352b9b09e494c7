import { GraphQLError } from 'graphql';
import { Authorized, Field, ObjectType, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { GatehouseError } from '../../src/errors.js';
import { bearer, startApp, type TestApp } from '../support/app.js';

@ObjectType({ description: 'Something with a field that fails.' })
class Thing {
  @Field(() => String, { description: 'What stands.' })
  readonly name = 'thing';

  @Field(() => String, { nullable: true, description: 'What fails, and wants to say so by a status.' })
  broken(): string {
    throw new GraphQLError('canary', { extensions: { code: 'FORBIDDEN', http: { status: 403 } } });
  }
}

/** An application whose errors carry whatever code it likes. */
@Resolver()
class Failing {
  @Query(() => String, { nullable: true, description: 'Fails with a code.' })
  @Public('For a test.')
  failsWith(): string {
    throw thrown;
  }

  @Query(() => String, { description: 'Fails where null is not allowed.' })
  @Public('For a test.')
  failsHard(): string {
    throw thrown;
  }

  @Query(() => Thing, { nullable: true, description: 'Answers in part.' })
  @Public('For a test.')
  thing(): Thing {
    return new Thing();
  }

  @Query(() => String, { nullable: true, description: 'For administrators.' })
  @Authorized('ADMIN')
  secret(): string {
    return 'secret';
  }
}

let thrown: Error;
let app: TestApp;
let linesBefore: number;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [Failing] });
});

beforeEach(() => {
  linesBefore = app.log.length;
});

afterAll(async () => {
  await app.close();
});

const accepts = ['application/json', 'application/graphql-response+json', '*/*'];

const ask = async (query: string, headers: Record<string, string> = {}) => {
  const answer = await app.post(JSON.stringify({ query }), headers);
  const body = JSON.parse(answer.text) as Record<string, unknown>;
  return { ...answer, keys: Object.keys(body), code: answer.errors[0]?.extensions.code };
};

const errorLines = () => app.log.slice(linesBefore).filter((line) => /"level":[56]0/.test(line));

describe('an answer whose status is no success', () => {
  it.each(accepts)('has no data at all, as %s', async (accept) => {
    const user = await app.newcomer();
    thrown = new GatehouseError('SERVICE_UNAVAILABLE');
    for (const [query, status, headers] of [
      ['{ failsWith }', 503, {}],
      ['{ failsHard }', 503, {}],
      ['{ me { id } }', 401, {}],
      ['{ secret }', 403, bearer(user.tokens.accessToken)],
      ['{ nosuch }', 400, {}],
      ['{', 400, {}],
    ] as const) {
      const answer = await ask(query, { accept, ...headers });
      expect({ query, status: answer.status, keys: answer.keys }).toEqual({ query, status, keys: ['errors'] });
    }
    thrown = new GatehouseError('RATE_LIMITED', { retryAfterSeconds: 7 });
    const limited = await ask('{ failsWith }', { accept });
    expect({ status: limited.status, keys: limited.keys }).toEqual({ status: 429, keys: ['errors'] });
    expect(limited.headers.get('retry-after')).toBe('7');
    thrown = new Error('canary');
    const fault = await ask('{ failsWith }', { accept });
    expect({ status: fault.status, keys: fault.keys }).toEqual({ status: 500, keys: ['errors'] });
  });

  it('does not report a stale token, which only a response with data does', async () => {
    thrown = new GatehouseError('SERVICE_UNAVAILABLE');
    const { keys, headers } = await ask('{ failsWith }', bearer('stale'));
    expect(keys).toEqual(['errors']);
    expect(headers.get('www-authenticate')).toBeNull();
  });

  it('is not set by a nested field, or by one of several root fields', async () => {
    thrown = new GatehouseError('SERVICE_UNAVAILABLE');
    const nested = await ask('{ thing { name broken } }');
    expect({ status: nested.status, data: nested.data }).toEqual({
      status: 200,
      data: { thing: { name: 'thing', broken: null } },
    });
    const several = await ask('{ thing { name } failsWith }');
    expect({ status: several.status, data: several.data }).toEqual({
      status: 200,
      data: { thing: { name: 'thing' }, failsWith: null },
    });
  });
});

describe('H3: an application’s own GraphQLError', () => {
  // One with a code of ours may come from another API, and its refusal of our server is none of our caller.
  it.each([
    undefined,
    'FORBIDDEN',
    'UNAUTHENTICATED',
    'BAD_USER_INPUT',
    'MY_CODE',
    'NOT_FOUND',
    'constructor',
    '__proto__',
    'toString',
    '',
    1,
    null,
    ['FORBIDDEN'],
    {},
  ])('is masked whatever its code, and the log has it: %j', async (code) => {
    thrown = new GraphQLError('canary', { extensions: { code, http: { status: 418 } } });
    const answer = await ask('{ failsWith }');
    expect({ status: answer.status, errors: answer.errors }).toEqual({
      status: 500,
      errors: [
        {
          message: 'An internal error occurred.',
          path: ['failsWith'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
        },
      ],
    });
    expect(errorLines()).toHaveLength(1);
  });
});
