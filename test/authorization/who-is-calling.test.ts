import { Arg, Authorized, Ctx, Field, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { createGatehouse } from '../../src/server/gatehouse.js';
import type { Context } from '../../src/graphql/context.js';
import { createSchema } from '../../src/graphql/schema.js';
import { generateSigningKey } from '../../src/security/tokens/key-ring.js';
import { bearer, PASSWORD, startApp, type Answer, type TestApp } from '../support/app.js';
import {
  AuthConfigDocument,
  LoginDocument,
  LogoutDocument,
  MeAndConfigDocument,
  MeDocument,
  RefreshSessionDocument,
  UsersDocument,
} from '../support/generated/operations.js';
import { postRaw } from '../support/raw-http.js';
import { refusalOf, refusals } from '../support/refusals.js';
import { addSigningKey, forge, signingKeyOf } from '../support/signing.js';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: 'https://app.example.com' });
  user = await app.newcomer();
  admin = await app.newcomer('ADMIN');
});

afterAll(async () => {
  await app.close();
});

const asUser = () => bearer(user.tokens.accessToken);
const asAdmin = () => bearer(admin.tokens.accessToken);

const query = (document: string, headers: Record<string, string> = {}, variables: Record<string, unknown> = {}) =>
  app.post(JSON.stringify({ query: document, variables }), headers);

const me = (headers: Record<string, string>) => app.send(MeDocument, {}, headers);

/** An answer to public fields alone, beside which a bad credential is only mentioned. */
const mention = ({ status, headers, errors, extensions }: Answer<unknown>) => ({
  status,
  errors,
  auth: extensions?.['auth'],
  challenge: headers.get('www-authenticate'),
});

const nothingMentioned = { status: 200, errors: [], auth: undefined, challenge: null };

const count = async (table: string) => {
  const [row] = (await app.database.query(`SELECT count(*)::int AS count FROM ${table}`)) as [{ count: number }];
  return row.count;
};

describe('nobody', () => {
  it('is who sends no header, an empty one, or another scheme', async () => {
    const headers: Record<string, string>[] = [
      {},
      { authorization: '' },
      { authorization: '   ' },
      { authorization: 'Basic dXNlcjpwYXNzd29yZA==' },
      { authorization: 'Negotiate YII=' },
      { authorization: user.tokens.accessToken },
      { authorization: `Bearer${user.tokens.accessToken}` },
      { authorization: `Token ${user.tokens.accessToken}` },
    ];
    for (const sent of headers) {
      expect(refusalOf(await me(sent))).toEqual(refusals.missing);
      expect(mention(await app.send(AuthConfigDocument, {}, sent))).toEqual(nothingMentioned);
    }
  });

  it('reads who it is not, and nothing else', async () => {
    const { text, headers } = await me({});
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: 'You are not logged in.',
          extensions: { code: 'UNAUTHENTICATED', reason: 'MISSING', retryable: false },
        },
      ],
    });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is refused every query of protected fields and every mutation with one', async () => {
    const documents = [
      '{ me { id } }',
      '{ me { id } mySessions { id } }',
      '{ me { id } users { edges { cursor } } }',
      '{ users { edges { cursor } } }',
      'mutation { revokeAllSessions { count } }',
      'mutation { logout { done } revokeAllSessions { count } }',
      'mutation { disableUser(input: { userId: "1" }) { __typename } }',
    ];
    for (const document of documents) expect(refusalOf(await query(document))).toEqual(refusals.missing);
  });
});

describe('somebody', () => {
  it('is who sends the scheme in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      const { status, data } = await me({ authorization: `${scheme} ${user.tokens.accessToken}` });
      expect({ status, id: data?.me?.id }).toEqual({ status: 200, id: user.id });
    }
  });

  it('is told nothing beside the answer', async () => {
    expect(mention(await me(asUser()))).toEqual(nothingMentioned);
  });
});

describe('two credentials', () => {
  const own = () => `Authorization: Bearer ${user.tokens.accessToken}`;

  it.each([
    ['two good headers', () => `${own()}\n${own()}`],
    ['two headers in other spellings', () => `authorization: Bearer x\nAUTHORIZATION: Bearer y`],
    ['a good header and an empty one', () => `${own()}\nAuthorization:`],
    ['a good header behind another scheme', () => `Authorization: Basic eDp5\n${own()}`],
    ['two in one header', () => `${own()}, Bearer ${user.tokens.accessToken}`],
    ['another scheme and a bearer in one header', () => `Authorization: Basic eDp5, Bearer ${user.tokens.accessToken}`],
    ['a bearer and another scheme in one header', () => `${own()}, Basic eDp5`],
    ['two words after the scheme', () => `${own()} ${user.tokens.accessToken}`],
  ])('are a bad request, whatever is asked: %s', async (_description, headers) => {
    expect(refusalOf(await postRaw(app.url, headers(), '{ me { id } }'))).toEqual(refusals.badHeader);
    expect(refusalOf(await postRaw(app.url, headers(), '{ authConfig { signUp } }'))).toEqual(refusals.badHeader);
    expect(refusalOf(await postRaw(app.url, headers(), '{ __typename }'))).toEqual(refusals.badHeader);
  });
});

describe('an unusable token', () => {
  const unusable = ['Bearer', 'Bearer ', 'bearer', 'Bearer null', 'Bearer undefined', 'Bearer [object]', 'Bearer ..'];

  it.each(unusable)('is refused a protected field: %j', async (authorization) => {
    expect(refusalOf(await me({ authorization }))).toEqual(refusals.tokenInvalid);
  });

  it.each(unusable)('is only mentioned beside public ones: %j', async (authorization) => {
    expect(mention(await app.send(AuthConfigDocument, {}, { authorization }))).toEqual({
      status: 200,
      errors: [],
      auth: { reason: 'TOKEN_INVALID' },
      challenge: 'Bearer error="invalid_token"',
    });
  });

  it('is refused the whole query when one field is protected', async () => {
    expect(refusalOf(await app.send(MeAndConfigDocument, {}, bearer('null')))).toEqual(refusals.tokenInvalid);
  });

  it.each<[string, object]>([
    ['typ', { header: { typ: 'JWT' } }],
    ['alg', { header: { alg: 'RS256' } }],
    ['kid', { header: { kid: 'nobody-knows-it' } }],
    ['iss', { payload: { iss: 'https://other.example' } }],
    ['aud', { payload: { aud: 'https://other.example' } }],
    ['client_id', { payload: { client_id: 'another' } }],
    ['claims', { payload: { gen: undefined } }],
  ])('is refused when only its %s is not ours', async (_part, forgery) => {
    const token = forge(user.tokens.accessToken, await signingKeyOf(app), forgery);
    expect(refusalOf(await me(bearer(token)))).toEqual(refusals.tokenInvalid);
  });

  it('is refused when only its signature is not ours', async () => {
    const stranger = { ...(await generateSigningKey('ES256')), kid: (await signingKeyOf(app)).kid };
    expect(refusalOf(await me(bearer(forge(user.tokens.accessToken, stranger, {}))))).toEqual(refusals.tokenInvalid);
    const own = await signingKeyOf(app);
    expect((await me(bearer(forge(user.tokens.accessToken, own, {})))).status).toBe(200);
  });

  it('is told apart when it is expired', async () => {
    app.clock.advance(1861);
    const refused = await me(asUser());
    const mentioned = await app.send(AuthConfigDocument, {}, asUser());
    app.clock.advance(-1861);
    expect(refusalOf(refused)).toEqual(refusals.tokenExpired);
    expect(mention(mentioned)).toMatchObject({
      status: 200,
      auth: { reason: 'TOKEN_EXPIRED' },
      challenge: 'Bearer error="invalid_token", error_description="expired"',
    });
  });

  it.each([
    ['the session is revoked', `UPDATE auth_session SET revoked_at = now() WHERE user_id = $1`],
    ['the session is over', `UPDATE auth_session SET expires_at = now() WHERE user_id = $1`],
    ['the session was idle too long', `UPDATE auth_session SET idle_expires_at = now() WHERE user_id = $1`],
    ['the session is deleted', `DELETE FROM auth_session WHERE user_id = $1`],
    ['the user is disabled', `UPDATE "user" SET disabled_at = now() WHERE id = $1`],
    ['the user is deleted', `DELETE FROM "user" WHERE id = $1`],
  ])('is SESSION_REVOKED once %s', async (_description, sql) => {
    const gone = await app.newcomer();
    await app.database.query(sql, [gone.id]);
    const headers = bearer(gone.tokens.accessToken);
    expect(refusalOf(await me(headers))).toEqual(refusals.sessionRevoked);
    expect(mention(await app.send(AuthConfigDocument, {}, headers)).auth).toEqual({ reason: 'SESSION_REVOKED' });
  });

  it('of a key made since is found by one look, and not by a second within five seconds', async () => {
    const [first, second] = [await generateSigningKey('ES256'), await generateSigningKey('ES256')];
    await addSigningKey(app, first);
    app.clock.advance(6);
    expect((await me(bearer(forge(user.tokens.accessToken, first, {})))).status).toBe(200);

    await addSigningKey(app, second);
    const token = forge(user.tokens.accessToken, second, {});
    expect(refusalOf(await me(bearer(token)))).toEqual(refusals.tokenInvalid);
    app.clock.advance(6);
    expect((await me(bearer(token))).status).toBe(200);
    await app.database.query('DELETE FROM auth_signing_key WHERE id = ANY($1)', [[first.kid, second.kid]]);
  });
});

describe('a stale token', () => {
  const stale: [string, () => Promise<Record<string, string>>][] = [
    ['malformed', () => Promise.resolve(bearer('null'))],
    ['invalid', () => Promise.resolve(bearer(`${user.tokens.accessToken.slice(0, -8)}AAAAAAAA`))],
    [
      'revoked',
      async () => {
        const gone = await app.newcomer();
        await app.send(LogoutDocument, {}, bearer(gone.tokens.accessToken));
        return bearer(gone.tokens.accessToken);
      },
    ],
    [
      'expired',
      async () => {
        const now = Math.floor(app.clock.now().getTime() / 1000);
        const payload = { iat: now - 900, auth_time: now - 900, exp: now - 61 };
        return bearer(forge(user.tokens.accessToken, await signingKeyOf(app), { payload }));
      },
    ],
  ];

  it.each(stale)('that is %s never stands in the way of login, refreshSession and logout', async (_kind, headers) => {
    const sent = await headers();
    const { email, password } = await app.createUser();
    const login = await app.send(LoginDocument, { input: { email, password } }, sent);
    if (login.data?.login.__typename !== 'LoginSuccess') throw new Error(login.text);
    expect(mention(login)).toMatchObject({ status: 200, errors: [] });
    expect(mention(login).challenge).toMatch(/^Bearer error="invalid_token"/);

    const input = { refreshToken: login.data.login.refreshToken ?? '' };
    const refreshed = await app.send(RefreshSessionDocument, { input }, sent);
    if (refreshed.data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error(refreshed.text);

    const { accessToken, refreshToken } = refreshed.data.refreshSession;
    const logout = await app.send(LogoutDocument, { input: { refreshToken: refreshToken ?? '' } }, sent);
    expect(logout.data?.logout.done).toBe(true);
    expect(refusalOf(await me(bearer(accessToken)))).toEqual(refusals.sessionRevoked);
  });
});

describe('a missing role', () => {
  it('is FORBIDDEN where every root field asks for it', async () => {
    expect(refusalOf(await app.send(UsersDocument, {}, asUser()))).toEqual(refusals.forbidden);
    const both = '{ users { edges { cursor } } user(id: "1") { id } }';
    expect(refusalOf(await query(both, asUser()))).toEqual(refusals.forbidden);
  });

  it('is FORBIDDEN where one root field of a mutation asks for it', async () => {
    const document = `mutation { logout { done } disableUser(input: { userId: "${user.id}" }) { __typename } }`;
    expect(refusalOf(await query(document, asUser()))).toEqual(refusals.forbidden);
  });

  it('says only that it is missing', async () => {
    expect(JSON.parse((await app.send(UsersDocument, {}, asUser())).text)).toEqual({
      errors: [{ message: 'You may not do this.', extensions: { code: 'FORBIDDEN', retryable: false } }],
    });
  });

  it('leaves the other fields of a query, and says where it is missing', async () => {
    const { status, data, errors, headers } = await query('{ me { id } all: users { edges { cursor } } }', asUser());
    expect({ status, data }).toEqual({ status: 200, data: { me: { id: user.id }, all: null } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['all'], extensions: { code: 'FORBIDDEN' } });
    expect(headers.get('www-authenticate')).toBeNull();
  });
});

describe('a query of open and protected fields', () => {
  it('answers nobody the open ones, and says where it refused', async () => {
    const answer = await app.send(MeAndConfigDocument, {});
    expect(answer).toMatchObject({ status: 200, data: { me: null, authConfig: { signUp: 'OPEN' } } });
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]).toMatchObject({
      path: ['me'],
      extensions: { code: 'UNAUTHENTICATED', reason: 'MISSING' },
    });
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });
});

describe('__typename and introspection', () => {
  it('are open by themselves', async () => {
    for (const headers of [{}, bearer('null')]) {
      expect((await query('{ __typename }', headers)).data).toEqual({ __typename: 'Query' });
      expect((await query('{ __schema { queryType { name } } }', headers)).status).toBe(200);
      expect((await query('mutation { __typename }', headers)).data).toEqual({ __typename: 'Mutation' });
    }
  });

  it('make nothing open that stands beside them', async () => {
    const documents = [
      '{ __typename me { id } }',
      '{ me { id } alias: __typename }',
      '{ __schema { queryType { name } } me { id } }',
      '{ __type(name: "User") { name } me { id } }',
      'mutation { __typename revokeAllSessions { count } }',
    ];
    for (const document of documents) expect(refusalOf(await query(document))).toEqual(refusals.missing);
  });

  it('do not turn a refusal for a missing role into a partial answer', async () => {
    expect(refusalOf(await query('{ __typename users { edges { cursor } } }', asUser()))).toEqual(refusals.forbidden);
  });
});

describe('what a document asks for', () => {
  it.each([
    '{ ...F } fragment F on Query { me { id } }',
    '{ ... on Query { me { id } } }',
    '{ ... { me { id } } }',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { me { id } }',
    '{ authConfig: me { id } }',
    '{ a: me { id } b: me { id } c: __typename }',
    '{ me @include(if: true) { id } }',
    '{ me @skip(if: false) { id } }',
    '{ me @skip(if: true) { id } me { id } }',
    '{ me @skip(if: true) { id } ... { me { id } } }',
    'query ($no: Boolean = false) { me { id } authConfig @include(if: $no) { signUp } }',
    'query Q($id: ID = "1") { user(id: $id) { id } }',
  ])('is protected however it is written: %s', async (document) => {
    expect(refusalOf(await query(document))).toEqual(refusals.missing);
  });

  it.each([
    '{ authConfig { signUp } me @include(if: false) { id } }',
    '{ authConfig { signUp } me @skip(if: true) { id } }',
    '{ authConfig { signUp } ...F @skip(if: true) } fragment F on Query { me { id } }',
    '{ authConfig { signUp } ... @include(if: false) { me { id } } }',
    'query ($yes: Boolean = true) { authConfig { signUp } me @skip(if: $yes) { id } }',
    '{ me: authConfig { signUp } }',
  ])('is open when what is protected is left out: %s', async (document) => {
    const { status, errors } = await query(document, bearer('null'));
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
  });

  it('follows the variables of @include and @skip', async () => {
    const document = 'query ($on: Boolean!) { authConfig { signUp } me @include(if: $on) { id } }';
    expect((await query(document, bearer('null'), { on: false })).status).toBe(200);
    expect(refusalOf(await query(document, bearer('null'), { on: true }))).toEqual(refusals.tokenInvalid);
  });

  it('is what its operationName names', async () => {
    const document = 'query Open { authConfig { signUp } } query Closed { me { id } }';
    const ask = (operationName: string) => app.post(JSON.stringify({ query: document, operationName }), bearer('null'));
    expect((await ask('Open')).status).toBe(200);
    expect(refusalOf(await ask('Closed'))).toEqual(refusals.tokenInvalid);
  });
});

describe('a mutation with a refused root field', () => {
  const login = () => `login(input: { email: "${user.email}", password: "${PASSWORD}" }) { __typename }`;

  it('runs nothing, wherever the field stands and however it is written', async () => {
    const documents = [
      `mutation { ${login()} revokeAllSessions { count } }`,
      `mutation { revokeAllSessions { count } ${login()} }`,
      `mutation { ${login()} ...F } fragment F on Mutation { revokeAllSessions { count } }`,
      `mutation { ${login()} ... @include(if: true) { revokeAllSessions { count } } }`,
      `mutation { ${login()} logout: disableUser(input: { userId: "${user.id}" }) { __typename } }`,
    ];
    const before = { sessions: await count('auth_session'), events: await count('auth_security_event') };
    for (const document of documents) expect(refusalOf(await query(document))).toEqual(refusals.missing);
    expect({ sessions: await count('auth_session'), events: await count('auth_security_event') }).toEqual(before);
  });

  it('runs nothing for a plain user who slips an administrator’s field in', async () => {
    const before = { sessions: await count('auth_session'), events: await count('auth_security_event') };
    const document = `mutation { logout { done } ${login()} disableUser(input: { userId: "${admin.id}" }) { __typename } }`;
    expect(refusalOf(await query(document, asUser()))).toEqual(refusals.forbidden);
    expect({ sessions: await count('auth_session'), events: await count('auth_security_event') }).toEqual(before);
    expect((await me(asUser())).status).toBe(200);
    expect((await me(asAdmin())).status).toBe(200);
  });

  it('runs when the field is left out', async () => {
    const document = `mutation { ${login()} revokeAllSessions @include(if: false) { count } }`;
    expect((await query(document)).data).toEqual({ login: { __typename: 'LoginSuccess' } });
  });
});

describe('CORS', () => {
  it('lets a page read the challenge, how long to wait, and the name of the request', async () => {
    const { headers } = await query('{ me { id } }', { origin: 'https://app.example.com' });
    const exposed = (headers.get('access-control-expose-headers') ?? '').split(/,\s*/);
    expect(exposed).toEqual(expect.arrayContaining(['WWW-Authenticate', 'Retry-After', 'X-Request-Id']));
  });
});

describe('a full hash queue', () => {
  it('is SERVER_BUSY with a time to wait, while whoever is logged in is served', async () => {
    const busy = await startApp({
      HASH_CONCURRENCY: '1',
      HASH_QUEUE: '1',
      ARGON2_MEMORY_KIB: '65536',
      ARGON2_PASSES: '6',
    });
    const { email, password, tokens } = await busy.newcomer();
    const logins = Promise.all(
      Array.from({ length: 12 }, () => busy.send(LoginDocument, { input: { email, password } })),
    );
    const finished: string[] = [];
    const noted = async <T>(name: string, promise: Promise<T>) => {
      const result = await promise;
      finished.push(name);
      return result;
    };
    const meAnswer = noted('me', busy.send(MeDocument, {}, bearer(tokens.accessToken)));
    const answers = await noted('logins', logins);
    const { status } = await meAnswer;
    await busy.close();

    expect(status).toBe(200);
    expect(finished).toEqual(['me', 'logins']);
    const succeeded = answers.filter(({ data }) => data?.login.__typename === 'LoginSuccess');
    const refused = answers.filter((answer) => answer.status === 503);
    expect(succeeded.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(succeeded.length + refused.length).toBe(answers.length);
    for (const answer of refused) {
      expect(refusalOf(answer)).toEqual({ status: 503, code: 'SERVER_BUSY', challenge: null });
      expect(answer.errors[0]?.extensions).toMatchObject({ retryable: true, retryAfterSeconds: 1 });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });
});

describe('a database that is away', () => {
  let broken: TestApp;
  let tokens: { accessToken: string; refreshToken: string | null };
  let email: string;

  beforeAll(async () => {
    broken = await startApp();
    ({ tokens, email } = await broken.newcomer());
    await broken.gatehouse.store.close();
  });

  afterAll(async () => {
    await broken.close();
  });

  const unavailable = { status: 503, code: 'SERVICE_UNAVAILABLE', challenge: null };

  it('is SERVICE_UNAVAILABLE at login, never wrong credentials', async () => {
    for (const password of [PASSWORD, 'another long password']) {
      const answer = await broken.send(LoginDocument, { input: { email, password } });
      expect(refusalOf(answer)).toEqual(unavailable);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(answer.errors[0]?.extensions).toMatchObject({ retryable: true });
      expect(answer.text).not.toContain('INVALID_CREDENTIALS');
    }
  });

  it('is SERVICE_UNAVAILABLE at refreshSession, never an invalid token', async () => {
    const answer = await broken.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    expect(refusalOf(answer)).toEqual(unavailable);
  });

  it('is SERVICE_UNAVAILABLE for a bearer, whatever is asked: nobody can say who it is', async () => {
    const headers = bearer(tokens.accessToken);
    const answers = [
      await broken.send(MeDocument, {}, headers),
      await broken.send(AuthConfigDocument, {}, headers),
      await broken.send(LoginDocument, { input: { email, password: PASSWORD } }, headers),
    ];
    for (const answer of answers) {
      expect(refusalOf(answer)).toEqual(unavailable);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });

  it('is SERVICE_UNAVAILABLE for a token of a key that could not be looked for', async () => {
    const token = forge(tokens.accessToken, await generateSigningKey('ES256'), {});
    broken.clock.advance(6);
    expect(refusalOf(await broken.send(MeDocument, {}, bearer(token)))).toEqual(unavailable);
  });

  it('has no status where it is one of several root fields', async () => {
    const login = `login(input: { email: "a@example.com", password: "${PASSWORD}" }) { __typename }`;
    const { status, data, errors } = await broken.post(
      JSON.stringify({ query: `mutation { a: ${login} b: ${login} }` }),
    );
    expect({ status, data, code: errors[0]?.extensions.code }).toEqual({
      status: 200,
      data: null,
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('still knows a token that is none, and answers what needs no database', async () => {
    expect(refusalOf(await broken.send(MeDocument, {}, bearer('null')))).toEqual(refusals.tokenInvalid);
    expect(refusalOf(await broken.send(MeDocument, {}))).toEqual(refusals.missing);
    expect((await broken.send(AuthConfigDocument, {})).status).toBe(200);
  });

  it('is told to whoever balances load, not to whoever restarts', async () => {
    expect((await fetch(`${broken.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${broken.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  });

  it('is in the log under the name of the request, as a warning: it is no fault of this server', async () => {
    const { headers } = await broken.send(LoginDocument, { input: { email, password: PASSWORD } });
    const id = headers.get('x-request-id') ?? '?';
    expect(broken.log.some((line) => line.includes(id) && line.includes('"level":40'))).toBe(true);
    expect(broken.log.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
  });
});

const CANARY = 'the vault code is 4711';

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
class AdoptersResolver {
  @Query(() => Box, { description: 'Open, but for what is in it.' })
  @Public('To look into.')
  box(): Box {
    return new Box();
  }

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

  @Mutation(() => Int, { description: 'Fails.' })
  @Public('To fail before everybody.')
  breaks(@Arg('secret', () => String, { description: 'A secret.' }) secret: string): number {
    throw new Error(`${CANARY} ${secret}`);
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

@Resolver()
class UndecidedResolver {
  @Query(() => Int, { name: 'forgotten', description: 'Says not who may pass.' })
  answer(): number {
    return 42;
  }
}

describe("an adopter's resolver", () => {
  let extended: TestApp;

  beforeAll(async () => {
    extended = await startApp({}, { resolvers: [AdoptersResolver] });
  });

  afterAll(async () => {
    await extended.close();
  });

  const ask = (document: string, headers: Record<string, string> = {}) =>
    extended.post(JSON.stringify({ query: document }), headers);

  it.each([
    ['{ fails }', 500],
    ['{ failsHard }', 500],
    ['mutation { breaks(secret: "x") }', 500],
    ['{ fails authConfig { signUp } }', 200],
    ['{ failsHard authConfig { signUp } }', 500],
  ])('that throws is masked, and found in the log: %s', async (document, expected) => {
    const { status, errors, text, headers } = await ask(document);
    expect(status).toBe(expected);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      message: 'Something went wrong on our side.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false },
    });
    expect(text).not.toMatch(/vault|4711|stack|\.ts|node_modules/i);
    const id = headers.get('x-request-id') ?? '?';
    const told = extended.log.filter((line) => line.includes(id) && line.includes('"level":50'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(CANARY);
  });

  it('under @Authorized answers whom it should and nobody else', async () => {
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

  it('with a rule on a nested field tells the reason of a token that cannot be used', async () => {
    const { status, errors, extensions, headers } = await ask('{ box { content } }', bearer('null'));
    expect(status).toBe(200);
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' });
    expect(extensions).toEqual({ auth: { reason: 'TOKEN_INVALID' } });
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('without a rule keeps the server from starting, and the message says where', async () => {
    expect(() => createSchema([UndecidedResolver])).toThrow('Query.forgotten (UndecidedResolver.answer)');
    await expect(createGatehouse(app.config, { resolvers: [UndecidedResolver] })).rejects.toThrow('Query.forgotten');
  });
});
