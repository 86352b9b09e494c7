import { GraphQLError } from 'graphql';
import { Arg, Int, Mutation, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { GatehouseError, RequestError } from '../../src/errors.js';
import { createFormatError, errorCodeOf } from '../../src/graphql/format-error.js';
import { startApp, type TestApp } from '../support/app.js';

const CANARY = 'the vault code is 4711';

@Resolver()
class ThrowingResolver {
  @Query(() => Int, { nullable: true, description: 'Fails.' })
  @Public('To fail before everybody.')
  fails(): number {
    throw new Error(CANARY);
  }

  @Query(() => Int, { description: 'Fails, and may not be null.' })
  @Public('To fail before everybody.')
  failsHard(): Promise<number> {
    return Promise.reject(new TypeError(CANARY));
  }

  @Query(() => Int, { nullable: true, description: 'Fails with the error of another API.' })
  @Public('To fail before everybody.')
  failsAbroad(): number {
    throw new GraphQLError(CANARY, { extensions: { code: 'UNAUTHENTICATED' } });
  }

  @Query(() => Int, { nullable: true, description: 'Fails because another service is unavailable.' })
  @Public('To fail before everybody.')
  failsForNow(): number {
    throw new RequestError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 7, cause: new Error(CANARY) });
  }

  @Mutation(() => Int, { description: 'Fails.' })
  @Public('To fail before everybody.')
  breaks(@Arg('secret', () => String, { description: 'A secret.' }) secret: string): number {
    throw new Error(`${CANARY} ${secret}`);
  }
}

describe('a resolver of the application', () => {
  let extended: TestApp;

  beforeAll(async () => {
    extended = await startApp({}, { resolvers: [ThrowingResolver] });
  });

  afterAll(async () => {
    await extended.close();
  });

  const ask = (document: string, headers: Record<string, string> = {}) =>
    extended.post(JSON.stringify({ query: document }), headers);

  it.each([
    ['{ fails }', 500],
    ['{ failsHard }', 500],
    ['{ failsAbroad }', 500],
    ['mutation { breaks(secret: "x") }', 500],
    ['{ fails authConfig { signUp } }', 200],
    ['{ failsHard authConfig { signUp } }', 500],
  ])('that throws is masked, and found in the log: %s', async (document, expected) => {
    const { status, errors, text, headers } = await ask(document);
    expect(status).toBe(expected);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      message: 'An internal error occurred.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
    });
    expect(text).not.toMatch(/vault|4711|stack|\.ts|node_modules/i);
    const id = headers.get('x-request-id') ?? '?';
    const told = extended.log.filter((line) => line.includes(id) && line.includes('"level":50'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(CANARY);
  });
});

describe('a request error of the application', () => {
  it('keeps its code, message and status, and its cause is in the log once', async () => {
    const app = await startApp({}, { resolvers: [ThrowingResolver] });
    const { status, errors, headers, text } = await app.post(JSON.stringify({ query: '{ failsForNow }' }));
    await app.close();
    expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '7' });
    expect(errors).toMatchObject([
      { extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterSeconds: 7 } },
    ]);
    expect(text).not.toContain(CANARY);
    expect(app.log.filter((line) => line.includes(CANARY))).toHaveLength(1);
  });
});

describe('the code of an error', () => {
  it('is that of an error before execution, if it is one of the table', () => {
    const errorOf = (code: unknown) => new GraphQLError('', { extensions: { code } });
    expect(errorCodeOf(errorOf('GRAPHQL_PARSE_FAILED'))).toBe('GRAPHQL_PARSE_FAILED');
    expect(errorCodeOf(errorOf('NOT_FOUND'))).toBe('INTERNAL_SERVER_ERROR');
    expect(errorCodeOf(errorOf('MADE_UP'))).toBe('INTERNAL_SERVER_ERROR');
    expect(errorCodeOf(errorOf('constructor'))).toBe('INTERNAL_SERVER_ERROR');
    expect(errorCodeOf(new Error('fault'))).toBe('INTERNAL_SERVER_ERROR');
  });

  it('is not taken from a GraphQLError of a field, which may come from another API', () => {
    const foreign = new GraphQLError('', { path: ['invoice'], extensions: { code: 'UNAUTHENTICATED' } });
    expect(errorCodeOf(foreign)).toBe('INTERNAL_SERVER_ERROR');
  });

  it('is that of the table for an error that a field throws from it', () => {
    const originalError = new RequestError('FORBIDDEN');
    expect(errorCodeOf(new GraphQLError('', { path: ['invoice'], originalError }))).toBe('FORBIDDEN');
    // @ts-expect-error Only the guards of the fields know why a caller is not authenticated.
    expect(() => new RequestError('UNAUTHENTICATED')).not.toThrow();
    // @ts-expect-error No table has the code.
    expect(() => new RequestError('MADE_UP')).toThrow();
  });

  it('is that of the error that graphql-js has wrapped', () => {
    const originalError = new GraphQLError('', { originalError: new GatehouseError('FORBIDDEN') });
    expect(errorCodeOf(new GraphQLError('', { originalError }))).toBe('FORBIDDEN');
  });
});

describe('the message of an error', () => {
  const explained = new GatehouseError('BAD_USER_INPUT', { explanation: 'Variable "$id" was not provided.' });
  const quoting = new GraphQLError('Expected value of type "Int", found "secret".', {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
  const messageOf = (isSchemaPublic: boolean, error: Error) =>
    createFormatError(isSchemaPublic)({ message: error.message }, error).message;

  it('is its explanation where the schema is public', () => {
    expect(messageOf(true, explained)).toBe('Variable "$id" was not provided.');
    expect(messageOf(false, explained)).toBe('A variable or an argument is not valid.');
  });

  it('is that of the table for an error of graphql-js or of an application, which may quote a value', () => {
    expect(messageOf(true, quoting)).toBe('The document is not valid for the schema.');
  });

  it('is that of the table if the explanation is longer than 400 characters', () => {
    const long = new GatehouseError('BAD_USER_INPUT', { explanation: 'x'.repeat(401) });
    expect(messageOf(true, long)).toBe('A variable or an argument is not valid.');
  });
});
