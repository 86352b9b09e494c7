import { assertObjectType, type GraphQLResolveInfo } from 'graphql';
import { Ctx, Info, Query, Resolver, Root } from 'type-graphql';

import { Authorized, Public, User, type Context } from '../../src/extend.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { containsSecret, keepSecret } from '../support/canary.js';

/** What a resolver received. */
interface Received {
  readonly instance: unknown;
  readonly root: unknown;
  readonly context: Context;
  readonly info: GraphQLResolveInfo;
}

/** The attempt of a resolver to get more than its caller may read. */
type Attempt = (received: Received) => unknown;

let attempt: Attempt = () => undefined;

/** A resolver of an application that passes all of its arguments to the attack of a test. */
@Resolver()
class CuriousResolver {
  @Query(() => String, { nullable: true, description: 'Runs the attempt for everybody.' })
  @Public('An attack needs no login.')
  anonymousAttempt(@Root() root: unknown, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<string> {
    return this.run({ instance: this, root, context, info });
  }

  @Query(() => String, { nullable: true, description: 'Runs the attempt for users.' })
  @Authorized()
  attempt(@Root() root: unknown, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<string> {
    return this.run({ instance: this, root, context, info });
  }

  private async run(received: Received): Promise<string> {
    return JSON.stringify((await attempt(received)) ?? null);
  }
}

/** What the context contains: a member that is new is a decision about what an application can reach. */
const CONTEXT_MEMBERS = ['caller', 'config', 'db', 'language', 'load', 'mail', 'requestId', 'signal', 'users'];

const CLIENT = 'Canary/7.3 of the client';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [CuriousResolver] });
  user = await app.newcomer();
  const stored = await app.database.query('SELECT hash FROM auth_password_credential');
  for (const { hash } of stored as { hash: string }[]) keepSecret(hash);
});

afterAll(() => app.close());

/** Sends a query with the credentials and the cookies of a browser, which no resolver of an application may see. */
const send = (query: string, headers: Record<string, string>) =>
  app.post(JSON.stringify({ query }), {
    'user-agent': CLIENT,
    origin: new URL(app.config.publicUrl).origin,
    cookie: `__Host-gatehouse-refresh=${user.tokens.refreshToken ?? ''}; __Host-gatehouse-device=${user.tokens.deviceToken ?? ''}`,
    ...headers,
  });

const makeAttempt = async (as: 'anonymous' | 'user', next: Attempt): Promise<unknown> => {
  attempt = next;
  const [field, headers] =
    as === 'user' ? ['attempt', bearer(user.tokens.accessToken)] : ['anonymousAttempt', bearer('null')];
  const { data, text } = await send(`{ ${field} }`, headers);
  const result = data?.[field];
  if (typeof result !== 'string') throw new Error(text);
  return JSON.parse(result);
};

const keysOf = (value: object): PropertyKey[] => Reflect.ownKeys(value);

/** Returns the values of all own properties, those of getters included, and the prototype; of a collection also its members. */
const partsOf = (value: object): unknown[] => [
  ...keysOf(value).map((key) => {
    try {
      return Reflect.get(value, key) as unknown;
    } catch {
      return undefined;
    }
  }),
  ...(value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)].flat() : []),
  Object.getPrototypeOf(value) as unknown,
];

const isWritten = (value: unknown): value is () => unknown =>
  typeof value === 'function' && !Function.prototype.toString.call(value).includes('[native code]');

/** Returns the methods of an object, without those of the language and constructors. */
const methodsOf = (value: object): (() => unknown)[] => {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const own = Object.entries(Object.getOwnPropertyDescriptors(value))
    .filter(([name]) => name !== 'constructor')
    .map(([, property]) => property.value as unknown);
  return [...own.filter(isWritten), ...(prototype === null ? [] : methodsOf(prototype))];
};

/** Returns everything that can be reached from a value. Methods below the context are called too, and their results awaited. */
const reachableFrom = async (start: unknown, isCalling: boolean): Promise<ReadonlySet<unknown>> => {
  const reached = new Set<unknown>();
  const pending = [start];
  while (pending.length > 0) {
    const value = pending.pop();
    if (reached.has(value)) continue;
    reached.add(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue;
    pending.push(...partsOf(value));
    if (!isCalling || typeof value === 'function' || value instanceof AbortSignal) continue;
    for (const method of methodsOf(value)) {
      try {
        pending.push(await method.call(value));
      } catch {
        // A method that needs arguments.
      }
    }
  }
  return reached;
};

/** Every function of the flows. */
const flowsOf = (auth: object): unknown[] =>
  Object.values(auth).flatMap((part: unknown) => {
    if (typeof part === 'function') return [part];
    return typeof part === 'object' && part !== null ? flowsOf(part) : [];
  });

const textsIn = (reached: ReadonlySet<unknown>): string[] =>
  [...reached].flatMap((value) => {
    if (typeof value === 'string') return [value];
    return value instanceof Uint8Array
      ? [Buffer.from(value).toString('latin1'), Buffer.from(value).toString('hex')]
      : [];
  });

describe.each(['anonymous', 'user'] as const)('a resolver of an application with the caller %s', (as) => {
  it('receives a frozen context, which contains what is documented and nothing else', async () => {
    const found = await makeAttempt(as, ({ context }) => ({
      members: keysOf(context).map(String).sort(),
      isPlain: Object.getPrototypeOf(context) === Object.prototype,
      isFrozen: Object.isFrozen(context) && Object.isFrozen(context.caller),
    }));
    expect(found).toEqual({ members: CONTEXT_MEMBERS, isPlain: true, isFrozen: true });
  });

  it('reaches no flow, token, cookie, header or hash from what it receives', async () => {
    const flows = flowsOf(app.gatehouse.auth);
    expect(flows.length).toBeGreaterThan(30);
    const found = await makeAttempt(as, async ({ instance, root, context, info }) => {
      const reached = new Set([
        ...(await reachableFrom(context, true)),
        ...(await reachableFrom([instance, root, info], false)),
      ]);
      const texts = textsIn(reached);
      return {
        hasSearched: reached.has(info.schema) && texts.includes(context.requestId),
        flows: [app.gatehouse.auth, app.gatehouse.store, ...flows].filter((flow) => reached.has(flow)).length,
        secrets: texts.filter((text) => containsSecret(text) || text.includes(CLIENT)).length,
      };
    });
    expect(found).toEqual({ hasSearched: true, flows: 0, secrets: 0 });
  });

  it('cannot change who the caller is for the fields that follow', async () => {
    const found = await makeAttempt(as, ({ context }) => {
      const forged = { kind: 'user', userId: user.id, sessionId: 'none', roles: ['USER', 'ADMIN'] };
      return Reflect.set(context, 'caller', forged) || Reflect.set(context.caller, 'roles', forged.roles);
    });
    expect(found).toBe(false);
  });

  it('gets no more from our own fields with a caller that it has made up', async () => {
    const other = await app.createUser({ roles: ['ADMIN'] });
    const code = await makeAttempt(as, async ({ context, info }) => {
      const caller = { kind: 'user', userId: other.id, sessionId: 'none', roles: ['USER', 'ADMIN'] };
      const { users, me } = info.schema.getQueryType()?.getFields() ?? {};
      const codeOf = async (field: typeof users, forged: object) => {
        try {
          const result: unknown = await field?.resolve?.(undefined, {}, forged, info);
          return (result as { id?: string }).id === other.id ? 'another user' : 'nothing of another user';
        } catch (error) {
          return (error as { code?: string }).code ?? 'an error';
        }
      };
      return {
        users: await codeOf(users, { ...context, caller }),
        me: await codeOf(me, { ...context, caller }),
        own: await codeOf(users, { caller, signal: new AbortController().signal }),
      };
    });
    const isUser = as === 'user';
    expect(code).toEqual({
      users: isUser ? 'FORBIDDEN' : 'UNAUTHENTICATED',
      me: isUser ? 'nothing of another user' : 'UNAUTHENTICATED',
      own: 'an error',
    });
  });

  it('cannot read the sessions of another user through our field', async () => {
    const other = await app.newcomer();
    const found = await makeAttempt(as, async ({ context, info }) => {
      const { sessions } = assertObjectType(info.schema.getType('User')).getFields();
      const access = { id: other.id, sessionAccess: { kind: 'login', sessionId: '' } };
      const source: unknown = Object.assign(Object.create(User.prototype as object) as object, access);
      try {
        return await sessions?.resolve?.(source, {}, context, info);
      } catch (error) {
        return (error as { code?: string }).code;
      }
    });
    expect(found).toBe('FORBIDDEN');
  });
});
