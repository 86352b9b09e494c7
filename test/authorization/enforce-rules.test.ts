import { Authorized, Ctx, Field, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import type { Context } from '../../src/graphql/context.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { refusalOf, refusals } from '../support/refusals.js';

@ObjectType({ description: 'A box.' })
class Box {
  @Field(() => Int, { description: 'What everybody sees.' })
  readonly label: number = 1;

  @Field(() => Int, { nullable: true, description: 'What who is logged in sees.' })
  @Authorized()
  readonly content: number = 2;

  @Field(() => Int, { nullable: true, description: 'What administrators see.' })
  @Authorized('ADMIN')
  readonly bottom: number = 3;

  @Field(() => Int, { description: 'What administrators see, and what is never null.' })
  @Authorized('ADMIN')
  readonly doubleBottom: number = 4;
}

@Resolver()
class ApplicationResolver {
  /** How often it was changed. */
  static changes = 0;

  @Mutation(() => Box, { description: 'Changes the box.' })
  @Public('To be changed.')
  changeBox(): Box {
    ApplicationResolver.changes += 1;
    return new Box();
  }

  @Query(() => Box, { description: 'Open, but for what is in it.' })
  @Public('To look into.')
  box(): Box {
    return new Box();
  }

  @Query(() => String, { nullable: true, description: 'Whose it is.' })
  @Authorized()
  mine(@Ctx() { caller }: Context): string {
    return caller.kind === 'user' ? caller.userId : 'nobody';
  }

  @Query(() => String, { nullable: true, description: 'For administrators.' })
  @Authorized('ADMIN')
  ours(): string {
    return 'ours';
  }
}

describe('a resolver of the application', () => {
  let extended: TestApp;

  beforeAll(async () => {
    extended = await startApp({}, { resolvers: [ApplicationResolver] });
  });

  afterAll(async () => {
    await extended.close();
  });

  const ask = (document: string, headers: Record<string, string> = {}) =>
    extended.post(JSON.stringify({ query: document }), headers);

  it('under @Authorized runs for permitted callers and for nobody else', async () => {
    const [plain, chief] = [await extended.newcomer(), await extended.newcomer('ADMIN')];
    const [asPlain, asChief] = [bearer(plain.tokens.accessToken), bearer(chief.tokens.accessToken)];
    expect(refusalOf(await ask('{ mine }'))).toEqual(refusals.missing);
    expect((await ask('{ mine }', asPlain)).data).toEqual({ mine: plain.id });
    expect(refusalOf(await ask('{ ours }'))).toEqual(refusals.missing);
    expect(refusalOf(await ask('{ ours }', asPlain))).toEqual(refusals.forbidden);
    expect((await ask('{ ours }', asChief)).data).toEqual({ ours: 'ours' });
    expect((await ask('{ mine ours }', asPlain)).data).toEqual({ mine: plain.id, ours: null });
  });

  it('with a rule on a nested field refuses that field, with code, reason and path, and without a status', async () => {
    const plain = await extended.newcomer();
    const document = '{ box { label content bottom } }';
    const anonymous = await ask(document);
    expect(anonymous).toMatchObject({ status: 200, data: { box: { label: 1, content: null, bottom: null } } });
    expect(anonymous.errors.map(({ path, extensions }) => ({ path, ...extensions }))).toEqual([
      { path: ['box', 'content'], code: 'UNAUTHENTICATED', reason: 'MISSING', retryable: false },
      { path: ['box', 'bottom'], code: 'UNAUTHENTICATED', reason: 'MISSING', retryable: false },
    ]);
    const known = await ask(document, bearer(plain.tokens.accessToken));
    expect(known).toMatchObject({ status: 200, data: { box: { label: 1, content: 2, bottom: null } } });
    expect(known.errors.map(({ path, extensions }) => ({ path, ...extensions }))).toEqual([
      { path: ['box', 'bottom'], code: 'FORBIDDEN', retryable: false },
    ]);
    const empty = await ask('{ box { doubleBottom } }', bearer(plain.tokens.accessToken));
    expect({ status: empty.status, data: empty.data, challenge: empty.headers.get('www-authenticate') }).toEqual({
      status: 200,
      data: null,
      challenge: null,
    });
    expect(empty.errors[0]).toMatchObject({ path: ['box', 'doubleBottom'], extensions: { code: 'FORBIDDEN' } });
  });

  it('of a mutation does not run if a field below that cannot be null is refused, because its error would hide the change', async () => {
    const [plain, chief] = [await extended.newcomer(), await extended.newcomer('ADMIN')];
    const asPlain = bearer(plain.tokens.accessToken);
    const fragment = 'fragment Deep on Box { label ... { doubleBottom } }';
    const before = ApplicationResolver.changes;
    expect(refusalOf(await ask('mutation { changeBox { doubleBottom } }'))).toEqual(refusals.missing);
    expect(refusalOf(await ask('mutation { changeBox { doubleBottom } }', asPlain))).toEqual(refusals.forbidden);
    expect(refusalOf(await ask(`mutation { a: changeBox { ...Deep } } ${fragment}`, asPlain))).toEqual(
      refusals.forbidden,
    );
    expect(ApplicationResolver.changes).toBe(before);

    const partial = await ask('mutation { changeBox { label bottom } }', asPlain);
    expect(partial).toMatchObject({ status: 200, data: { changeBox: { label: 1, bottom: null } } });
    const whole = await ask(`mutation { changeBox { ...Deep } } ${fragment}`, bearer(chief.tokens.accessToken));
    expect(whole.data).toEqual({ changeBox: { label: 1, doubleBottom: 4 } });
    expect(ApplicationResolver.changes).toBe(before + 2);
  });

  it('with a rule on a nested field returns the reason why a token is unusable', async () => {
    const { status, errors, extensions, headers } = await ask('{ box { content } }', bearer('null'));
    expect(status).toBe(200);
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' });
    expect(extensions).toEqual({ auth: { reason: 'TOKEN_INVALID' } });
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });
});
