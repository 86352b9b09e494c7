import { Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { RateLimitedError } from '../../src/graphql/error-result.js';
import { startApp, type TestApp } from '../support/app.js';

const limited = (retryAfterSeconds: number) => new RateLimitedError(retryAfterSeconds);

@Resolver()
class LimitedResolver {
  @Query(() => RateLimitedError, { description: 'Returns a limit of 7 seconds.' })
  @Public('A test.')
  brief(): RateLimitedError {
    return limited(7);
  }

  @Query(() => RateLimitedError, { description: 'Returns a limit of 70 seconds.' })
  @Public('A test.')
  long(): Promise<RateLimitedError> {
    return Promise.resolve(limited(70));
  }
}

let app: TestApp;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [LimitedResolver] });
});

afterAll(async () => {
  await app.close();
});

const retryAfterOf = async (query: string) => {
  const { status, headers } = await app.post(JSON.stringify({ query }));
  expect(status).toBe(200);
  return headers.get('retry-after');
};

describe('Retry-After', () => {
  it('is sent with a RateLimitedError in the result, whose status is 200, also of a field of the application', async () => {
    expect(await retryAfterOf('{ brief { retryAfterSeconds } }')).toBe('7');
  });

  it('is the longest time if several fields are limited', async () => {
    expect(await retryAfterOf('{ long { code } brief { code } again: brief { code } }')).toBe('70');
  });

  it('is absent from every other response', async () => {
    expect(await retryAfterOf('{ authConfig { signUp } }')).toBeNull();
  });
});
