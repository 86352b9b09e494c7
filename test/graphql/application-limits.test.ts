import { createUnionType, Field, FieldResolver, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import { printSchemaWithRules } from '../../src/authorization/print-schema.js';
import { Authorized, Public, RateLimit, RateLimitedError, UserProfile } from '../../src/extend.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import { bearer, startApp, type TestApp } from '../support/app.js';

@ObjectType({ description: 'A note.' })
class Note {
  @Field(() => Int, { description: 'Its number.' })
  readonly number: number = 1;
}

const CreateNoteResult = createUnionType({
  name: 'CreateNoteResult',
  description: 'The result of `createNote`.',
  types: () => [Note, RateLimitedError] as const,
});

const twiceAMinute = { purpose: 'create-note', per: 'user', max: 2, windowSeconds: 60 } as const;

@Resolver()
class NoteResolver {
  /** How often a limited field ran. */
  static runs = 0;

  @Mutation(() => CreateNoteResult, { description: 'Creates a note.' })
  @Authorized()
  @RateLimit(twiceAMinute)
  createNote(): typeof CreateNoteResult {
    NoteResolver.runs += 1;
    return new Note();
  }

  @Mutation(() => Int, { nullable: true, description: 'Creates notes, and shares the limit.' })
  @Authorized()
  @RateLimit(twiceAMinute)
  createNotes(): number {
    NoteResolver.runs += 1;
    return 2;
  }

  @Query(() => Int, { nullable: true, description: 'Counts the notes of everybody.' })
  @Public('A test.')
  @RateLimit({ purpose: 'count-notes', per: 'network', max: 3, windowSeconds: 60 })
  noteCount(): number {
    return 1;
  }
}

describe('a limited field of an application', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({}, { resolvers: [NoteResolver] });
  });

  beforeEach(() => {
    NoteResolver.runs = 0;
  });

  afterAll(() => app.close());

  const ask = (query: string, headers: Record<string, string> = {}) => app.post(JSON.stringify({ query }), headers);
  const create = 'mutation { createNote { __typename ... on RateLimitedError { code retryAfterSeconds } } }';

  it('returns RateLimitedError in its union, and does not run', async () => {
    const headers = bearer((await app.newcomer()).tokens.accessToken);
    for (let index = 0; index < 2; index += 1)
      expect((await ask(create, headers)).data).toEqual({ createNote: { __typename: 'Note' } });
    const refused = await ask(create, headers);
    expect(refused).toMatchObject({ status: 200, data: { createNote: { code: 'RATE_LIMITED' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(NoteResolver.runs).toBe(2);
  });

  it('is refused with 429 where its type has no such member, and shares the limit of its purpose', async () => {
    const headers = bearer((await app.newcomer()).tokens.accessToken);
    await ask('mutation { createNotes createNote { __typename } }', headers);
    const refused = await ask('mutation { createNotes }', headers);
    expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true } }] });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(NoteResolver.runs).toBe(2);
  });

  it('counts each alias, and many concurrent requests, no further than its limit', async () => {
    const headers = bearer((await app.newcomer()).tokens.accessToken);
    await Promise.all(
      Array.from({ length: 10 }, () => ask('mutation { a: createNotes b: createNotes c: createNotes }', headers)),
    );
    expect(NoteResolver.runs).toBe(2);
  });

  it('counts each user separately, and never a caller whom its rule refuses', async () => {
    const [first, second] = [await app.newcomer(), await app.newcomer()];
    for (let index = 0; index < 3; index += 1) await ask(create, bearer(first.tokens.accessToken));
    for (let index = 0; index < 3; index += 1) expect((await ask(create)).status).toBe(401);
    expect((await ask(create, bearer(second.tokens.accessToken))).data).toEqual({ createNote: { __typename: 'Note' } });
  });

  it('can count by the network of the client, regardless of the user', async () => {
    const counts: unknown[] = [];
    for (let index = 0; index < 4; index += 1) counts.push((await ask('{ noteCount }')).data?.['noteCount'] ?? null);
    expect(counts).toEqual([1, 1, 1, null]);
    const headers = bearer((await app.newcomer()).tokens.accessToken);
    expect((await ask('{ noteCount }', headers)).status).toBe(429);
  });

  it('records once in a window that the limit was exhausted', async () => {
    const events = await app.database.query(
      `SELECT detail->>'limit' AS name FROM auth_security_event WHERE type = 'RATE_LIMIT_EXHAUSTED' AND detail->>'limit' = 'app-count-notes-network'`,
    );
    expect(events).toHaveLength(1);
  });

  it('states its purpose in the schema', () => {
    const printed = printSchemaWithRules(createSchema([NoteResolver]));
    expect(printed).toContain('createNote: CreateNoteResult! @authenticated @rateLimited(purpose: "create-note")');
  });
});

describe('a limit that cannot be counted stops the build', () => {
  const limitedBy = (limit: Parameters<typeof RateLimit>[0], isPublic = false): ResolverClass => {
    @Resolver()
    class LimitedResolver {
      @Query(() => Int, { nullable: true, description: 'A test.' })
      @(isPublic ? Public('A test.') : Authorized())
      @RateLimit(limit)
      tested(): number {
        return 1;
      }
    }
    return LimitedResolver;
  };
  const limit = { purpose: 'test', per: 'user', max: 1, windowSeconds: 60 } as const;

  it.each<[string, ResolverClass, string]>([
    ['a purpose of ours', limitedBy({ ...limit, purpose: 'login' }), 'has the purpose "login", which is Gatehouse\'s.'],
    ['a purpose that is no name', limitedBy({ ...limit, purpose: 'My limit' }), 'has the purpose "My limit".'],
    ['no call', limitedBy({ ...limit, max: 0 }), 'has a max that is not a whole number from 1.'],
    ['no window', limitedBy({ ...limit, windowSeconds: 0.5 }), 'has windowSeconds that are not a whole number'],
    ['a user whom nobody knows', limitedBy(limit, true), 'counts by user, but the field is @Public.'],
  ])('for %s', (_description, resolver, sentence) => {
    expect(() => createSchema([resolver])).toThrow(`Query.tested: @RateLimit ${sentence}`);
  });

  it('for two fields of one purpose with other numbers', () => {
    @Resolver()
    class OtherResolver {
      @Query(() => Int, { nullable: true, description: 'A test.' })
      @Authorized()
      @RateLimit({ ...limit, max: 2 })
      other(): number {
        return 1;
      }
    }
    expect(() => createSchema([limitedBy(limit), OtherResolver])).toThrow('another field with the purpose "test"');
  });

  it('for a field that is no root field', () => {
    @Resolver(() => UserProfile)
    class ProfileResolver {
      @FieldResolver(() => Int, { description: 'A test.' })
      @RateLimit(limit)
      tested(): number {
        return 1;
      }
    }
    expect(() => createSchema([ProfileResolver])).toThrow(
      'UserProfile.tested: @RateLimit can be on a root field only.',
    );
  });
});
