import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { parse, validate, type GraphQLField } from 'graphql';
import { pino, type Logger } from 'pino';
import { Authorized, Field, FieldResolver, Int, InterfaceType, ObjectType, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { ruleOf } from '../../src/authorization/schema-rules.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import { createLog } from '../../src/server/log.js';
import { openQueuedMail } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import type { QueueEntry } from '../../src/store/tables/queue-entries.js';
import { bearer, PASSWORD, startApp, type Answer, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import {
  ChangePasswordDocument,
  ConfirmEmailChangeDocument,
  DeleteMyAccountDocument,
  DisableUserDocument,
  ExportMyDataDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  RequestEmailChangeDocument,
  RequestPasswordResetDocument,
  ResendVerificationEmailDocument,
  ResetPasswordDocument,
  SetUserRolesDocument,
  SignUpDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { minimalSelection } from '../support/minimal-operation.js';
import { sendRaw } from '../support/raw-http.js';
import { refusalOf, refusals } from '../support/refusals.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: 'https://app.example.com', PUBLIC_URL: 'https://id.example.com' });
});

afterAll(async () => {
  await app.close();
});

const query = (document: string, headers: Record<string, string> = {}, variables: Record<string, unknown> = {}) =>
  app.post(JSON.stringify({ query: document, variables }), headers);

const codeOf = ({ status, errors }: Answer<unknown>) => ({ status, code: errors[0]?.extensions.code });

/** A request that is not one of the client's ordinary ones, with the answer read as JSON whatever it is. */
const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${app.url}${path}`, init);
  const { data = null, errors = [] } = JSON.parse(await response.text()) as Partial<Answer>;
  return { status: response.status, data, code: errors[0]?.extensions.code };
};

const count = async (server: TestApp, table: string) => {
  const [row] = (await server.database.query(`SELECT count(*)::int AS count FROM ${table}`)) as [{ count: number }];
  return row.count;
};

const tables = [
  '"user"',
  'auth_sign_up',
  'auth_session',
  'auth_one_time_token',
  'auth_queue_entry',
  // The record of a denial is the only trace of one.
  `auth_security_event WHERE type <> 'ACCESS_DENIED'`,
];

const sizes = async () => Promise.all(tables.map((table) => count(app, table)));

const isAlive = async () => expect((await query('{ __typename }')).status).toBe(200);

describe('F1: depth', () => {
  const tooMuch = [
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'QUERY_TOO_COMPLEX',
    'BAD_USER_INPUT',
    'BAD_REQUEST',
  ];
  const nested = (depth: number, before: string, inside: string, after: string) =>
    before.repeat(depth) + inside + after.repeat(depth);

  it.each([
    ['a selection 5,000 deep', `{ ${nested(5000, 'me { ', 'id', ' }')} }`],
    ['a selection as deep as its tokens may be', `{ ${nested(1200, 'me { ', 'id', ' }')} }`],
    ['inline fragments 1,200 deep', `{ ${nested(1200, '... { ', '__typename', ' }')} }`],
    ['a list literal 5,000 deep', `{ user(id: ${nested(5000, '[', '1', ']')}) { id } }`],
    ['a list literal as deep as its tokens may be', `{ user(id: ${nested(1900, '[', '1', ']')}) { id } }`],
    ['an object literal as deep as its tokens may be', `{ user(id: ${nested(900, '{a:', '1', '}')}) { id } }`],
    ['a list type 1,900 deep', `query ($x: ${nested(1900, '[', 'Int', ']')}) { __typename }`],
    [
      'fragments 500 deep',
      `{ ...F0 } ${Array.from({ length: 500 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`).join(' ')} fragment F500 on Query { __typename }`,
    ],
    ['fragments in a circle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    ['introspection in circles', `{ __schema { types { ${nested(12, 'fields { type { ', 'name', ' } }')} } } }`],
    ['brackets that are never closed', `{ ${'me { '.repeat(1900)}`],
  ])('is refused in time, and the process lives: %s', async (description, document) => {
    const { result: answer, cpuMilliseconds } = await measureCpu(() => query(document));
    await isAlive();
    // Whatever is harmless in spite of its depth may be answered.
    if (description !== 'fragments 500 deep' && description !== 'inline fragments 1,200 deep') {
      expect(answer.status).toBe(400);
      expect(tooMuch).toContain(answer.errors[0]?.extensions.code);
    }
    expect(answer.status).toBeLessThan(500);
    expect(cpuMilliseconds).toBeLessThan(1000);
  });

  it.each([
    [
      'variables 5,000 deep',
      `{"query":"query($id: ID!) { user(id: $id) { id } }","variables":{"id":${nested(5000, '[', '1', ']')}}}`,
    ],
    [
      'variables 40,000 deep',
      `{"query":"query($id: ID!) { user(id: $id) { id } }","variables":{"id":${nested(40_000, '[', '1', ']')}}}`,
    ],
    [
      'variables that nobody declared',
      `{"query":"{ user(id: 1) { id } }","variables":${nested(5000, '{"a":', '1', '}')}}`,
    ],
    ['extensions 5,000 deep', `{"query":"{ me { id } }","extensions":${nested(5000, '{"a":', '1', '}')}}`],
    ['a body 40,000 deep', nested(40_000, '[', '', ']')],
  ])('is no danger in the JSON either: %s', async (_description, body) => {
    const answer = await app.post(body);
    expect([400, 401]).toContain(answer.status);
    await isAlive();
  });
});

describe('F2: width (graphql-cop)', () => {
  const many = (count: number, part: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => part(i)).join(' ');

  it.each([
    ['5,000 aliases', `{ ${many(5000, (i) => `a${i}:__typename`)} }`],
    ['700 aliases', `{ ${many(700, (i) => `a${i}: authConfig { signUp }`)} }`],
    ['5,000 repeated fields', `{ ${many(5000, () => '__typename')} }`],
    ['2,000 repeated fields', `{ ${many(2000, () => '__typename')} }`],
    ['1,000 directives', `{ __typename ${many(1000, () => '@include(if: true)')} }`],
    ['1,000 unknown directives', `{ __typename ${many(1000, (i) => `@d${i}`)} }`],
    ['1,000 fragments', `{ __typename ...F0 } ${many(1000, (i) => `fragment F${i} on Query { __typename }`)}`],
    ['1,000 operations', many(1000, (i) => `query Q${i} { __typename }`)],
    ['1,000 variables', `query (${many(1000, (i) => `$v${i}: Int`)}) { __typename }`],
    ['1,000 unknown fields', `{ ${many(1000, (i) => `u${i}`)} }`],
  ])('is refused in time: %s', async (_description, document) => {
    const { result: answer, cpuMilliseconds } = await measureCpu(() => query(document));
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(20_000);
    expect(cpuMilliseconds).toBeLessThan(1000);
    await isAlive();
  });

  it('of the selected fields is bounded, even if fragments keep the document short', async () => {
    const document =
      `{ ${many(3, (i) => `r${i}: authConfig { ...C }`)} } ` +
      `fragment C on AuthConfig { ${many(20, (i) => `c${i}: passwordPolicy { ...P }`)} } ` +
      `fragment P on PasswordPolicy { ${many(10, (i) => `p${i}: minLength`)} }`;
    const { status, errors } = await query(document);
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'QUERY_TOO_COMPLEX' });
  });

  it('of a query is bounded too, because its root fields run in parallel over shared connections', async () => {
    const { status, errors } = await query(`{ ${many(31, (i) => `a${i}: authConfig { signUp }`)} }`);
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'QUERY_TOO_COMPLEX' });
  });

  it('of guesses is rejected as a whole: of eleven aliased logins none runs', async () => {
    const logins = many(
      11,
      (i) => `a${i}: login(input: { email: "a@example.com", password: "${PASSWORD}" }) { __typename }`,
    );
    const before = await sizes();
    const { status, errors } = await query(`mutation { ${logins} }`);
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'QUERY_TOO_COMPLEX' });
    expect(await sizes()).toEqual(before);
  });

  it('of overlapping fields costs no more than the tokens that they are written in', async () => {
    const document = `{ ${many(600, () => 'authConfig { signUp }')} }`;
    const { result: answer, cpuMilliseconds } = await measureCpu(() => query(document));
    expect(answer.status).toBeLessThan(500);
    expect(cpuMilliseconds).toBeLessThan(1000);
  });
});

describe('F4: requests that a page can send without asking (GHSA-9q82-xgwf-vj6h)', () => {
  const login = `mutation { login(input: { email: "a@example.com", password: "${PASSWORD}" }) { __typename } }`;
  const preflighted = { 'apollo-require-preflight': 'true' };

  it('run no mutation by GET, with or without a header that forces a preflight', async () => {
    const before = await sizes();
    for (const headers of [{}, preflighted, { ...preflighted, 'content-type': 'application/json' }]) {
      const { status, data } = await ask(`/graphql?query=${encodeURIComponent(login)}`, { headers });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(data).toBeNull();
    }
    expect(await sizes()).toEqual(before);
  });

  it('run no query by GET without such a header', async () => {
    const path = `/graphql?query=${encodeURIComponent('{ __typename }')}`;
    for (const type of [
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status, data, code } = await ask(path, { headers: type === undefined ? {} : { 'content-type': type } });
      expect({ status, data, code }).toEqual({ status: 400, data: null, code: 'BAD_REQUEST' });
    }
    expect((await ask(path, { headers: preflighted })).data).toEqual({ __typename: 'Query' });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-8',
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/plain; application/json',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'application/graphql',
    'application/json-patch+json',
    'text/json',
    'application/xml',
    'nonsense',
  ])('run nothing from a body of the type %s', async (type) => {
    const before = await sizes();
    for (const headers of [{}, preflighted]) {
      const { status, data, code } = await ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': type, ...headers },
        body: JSON.stringify({ query: login }),
      });
      expect({ status, data, code }).toEqual({ status: 415, data: null, code: 'BAD_REQUEST' });
    }
    expect(await sizes()).toEqual(before);
  });

  it('run nothing from a form’s fields, or from a body without a type', async () => {
    const before = await sizes();
    const form = await ask('/graphql', { method: 'POST', body: new URLSearchParams({ query: login }) });
    const data = new FormData();
    data.set('operations', JSON.stringify({ query: login }));
    data.set('map', '{}');
    const multipart = await ask('/graphql', { method: 'POST', headers: preflighted, body: data });
    const untyped = await sendRaw(app.url, 'POST /graphql HTTP/1.1', JSON.stringify({ query: login }));
    for (const { status } of [form, multipart, untyped]) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(await sizes()).toEqual(before);
  });

  it('run nothing from a batch, although each member would run alone', async () => {
    const before = await sizes();
    for (const batch of [[{ query: login }, { query: login }], [{ query: '{ __typename }' }], []]) {
      expect(codeOf(await app.post(JSON.stringify(batch)))).toEqual({ status: 400, code: 'BAD_REQUEST' });
    }
    expect(await sizes()).toEqual(before);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE-LIKE'])('run nothing by %s', async (method) => {
    const response = await fetch(`${app.url}/graphql`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'HEAD' ? {} : { body: JSON.stringify({ query: '{ __typename }' }) }),
    });
    expect(await response.text()).not.toContain('"data"');
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });
});

describe('F6: more fields than were asked for (ASVS 15.3.3)', () => {
  it.each([
    ['role', 'ADMIN'],
    ['roles', ['ADMIN']],
    ['emailVerified', true],
    ['emailVerifiedAt', '2020-01-01T00:00:00Z'],
    ['id', '01900000-0000-7000-8000-000000000000'],
    ['userId', '01900000-0000-7000-8000-000000000000'],
    ['origin', 'ADMINISTRATOR'],
    ['disabled', false],
    ['passwordHash', 'canary-hash'],
    ['__proto__', { roles: ['ADMIN'] }],
    ['constructor', { prototype: { roles: ['ADMIN'] } }],
  ])('are refused by signUp, stored nowhere and echoed nowhere: %s', async (field, value) => {
    const before = await sizes();
    const document = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }';
    const good = `"email":"canary-mass@example.com","password":"${PASSWORD}"`;
    const byVariables = await app.post(
      `{"query":${JSON.stringify(document)},"variables":{"input":{${good},${JSON.stringify(field)}:${JSON.stringify(value)}}}}`,
    );
    const literal = field === '__proto__' || field === 'constructor' ? '{}' : JSON.stringify(value);
    const byLiteral = await query(
      `mutation { signUp(input: { email: "canary-mass@example.com", password: "${PASSWORD}", ${field}: ${literal} }) { __typename } }`,
    );
    for (const answer of [byVariables, byLiteral]) {
      expect(answer.status).toBe(400);
      expect(answer.data ?? null).toBeNull();
      expect(answer.text).not.toMatch(/canary|correct horse/);
    }
    expect(await sizes()).toEqual(before);
  });

  it('are refused by login and setUserRoles too', async () => {
    const { tokens, id } = await app.newcomer();
    const headers = bearer(tokens.accessToken);
    const documents = [
      `mutation { login(input: { email: "a@example.com", password: "${PASSWORD}", sessionId: "${tokens.session.id}" }) { __typename } }`,
      `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "another good one here", userId: "${id}" }) { __typename } }`,
      `mutation { refreshSession(input: { refreshToken: "x", generation: 1 }) { __typename } }`,
    ];
    for (const document of documents) {
      expect(codeOf(await query(document, headers))).toEqual({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
    }
  });
});

describe('F7: secrets where they are kept', () => {
  const canaries = {
    password: 'Kanarienvogel singt um Mitternacht',
    second: 'Zaunkoenig ruft im Morgengrauen laut',
    third: 'Rotkehlchen badet im Nieselregen gern',
    wrong: 'Nachtigall schweigt den ganzen Winter',
    name: 'Papageno Vogelfaenger',
  };

  /** The log as the server makes it, written to memory. */
  const memoryLog = (lines: string[]): Logger => {
    const log = createLog({ logLevel: 'trace' });
    Object.assign(log, { [pino.symbols.streamSym]: { write: (line: string) => lines.push(line) } });
    return log;
  };

  let server: TestApp;
  const lines: string[] = [];
  const answers: Answer<unknown>[] = [];
  const tokens = new Set<string>();

  const told = <A extends Answer<unknown>>(answer: A): A => {
    answers.push(answer);
    return answer;
  };

  const keep = <T extends { accessToken: string; refreshToken: string | null }>(issued: T): T => {
    tokens.add(issued.accessToken).add(issued.refreshToken ?? '?');
    return issued;
  };

  const letters = async () => {
    const entries = (await server.database.query(
      `SELECT id, topic, payload, attempts FROM auth_queue_entry WHERE topic = 'mail' ORDER BY id`,
    )) as QueueEntry[];
    const box = createSecretBox(server.config.encryptionKeys);
    return entries.map((entry) => ({ entry, letter: openQueuedMail(box, entry) }));
  };

  /** The token of the first letter of a kind, once the request for it has been answered. */
  const mailedToken = async (template: 'verify-email' | 'reset-password' | 'change-email'): Promise<string> => {
    for (;;) {
      for (const { letter } of await letters()) {
        if (letter.message.template !== template) continue;
        const { token } = letter.message;
        tokens.add(token).add(token.split('.')[1] ?? '?');
        return token;
      }
      await delay(10);
    }
  };

  const logIn = async (email: string, password: string) => {
    const { data } = told(await server.send(LoginDocument, { input: { email, password } }));
    return data?.login.__typename === 'LoginSuccess' ? keep(data.login) : undefined;
  };

  beforeAll(async () => {
    // Nothing listens there, so that the mail stays in the outbox and its failure is in the log.
    server = await startApp({ MAIL_URL: 'smtp://127.0.0.1:9', LOG_LEVEL: 'trace' }, { log: memoryLog(lines) });
    const { password, second, third, wrong, name } = canaries;
    const email = 'bird@example.com';

    const signedUp = told(await server.send(SignUpDocument, { input: { email, password, name } }));
    told(await server.send(SignUpDocument, { input: { email, password: 'kurz', name } }));
    told(await server.send(SignUpDocument, { input: { email: 'no address', password, name } }));
    if (signedUp.data?.signUp.__typename !== 'SignUpSuccess') throw new Error(signedUp.text);
    const { receipt } = signedUp.data.signUp;
    const token = await mailedToken('verify-email');
    tokens.add(receipt);

    await logIn(email, password);
    told(await server.send(VerifyEmailDocument, { input: { token, newPassword: 'kurz' } }));
    told(await server.send(VerifyEmailDocument, { input: { token: `${token.slice(0, -1)}_`, receipt } }));
    told(await server.send(VerifyEmailDocument, { input: { token, receipt } }));
    told(await server.send(VerifyEmailDocument, { input: { token, receipt, newPassword: password } }));

    const session = await logIn(email, password);
    if (!session) throw new Error('the login failed');
    await logIn(email, wrong);
    await logIn('nobody@example.com', password);
    const headers = bearer(session.accessToken);
    told(await server.send(MeDocument, {}, headers));
    told(await server.send(MeDocument, {}, bearer(`${session.accessToken}x`)));
    for (const refreshToken of [session.refreshToken ?? '', session.refreshToken ?? '', `${session.refreshToken}x`]) {
      const { data } = told(await server.send(RefreshSessionDocument, { input: { refreshToken } }));
      if (data?.refreshSession.__typename === 'RefreshSessionSuccess') keep(data.refreshSession);
    }
    for (const [currentPassword, newPassword] of [
      [wrong, second],
      [password, 'kurz'],
      [password, second],
    ] as const) {
      const { data } = told(
        await server.send(ChangePasswordDocument, { input: { currentPassword, newPassword } }, headers),
      );
      if (data?.changePassword.__typename === 'ChangePasswordSuccess') keep(data.changePassword);
    }
    told(await server.send(LogoutDocument, { input: { refreshToken: session.refreshToken ?? '' } }, headers));

    told(await server.send(RequestPasswordResetDocument, { input: { email } }));
    told(await server.send(ResendVerificationEmailDocument, { input: { email } }));
    const resetting = await mailedToken('reset-password');
    for (const newPassword of ['kurz', third, third])
      told(await server.send(ResetPasswordDocument, { input: { token: resetting, newPassword } }));
    const again = bearer((await logIn(email, third))?.accessToken ?? '');
    for (const guess of [wrong, third]) {
      const change = { newEmail: 'nest@example.com', password: guess };
      told(await server.send(RequestEmailChangeDocument, { input: change }, again));
      told(await server.send(ExportMyDataDocument, { input: { password: guess } }, again));
    }
    const moving = await mailedToken('change-email');
    for (const used of [moving, moving])
      told(await server.send(ConfirmEmailChangeDocument, { input: { token: used } }));
    for (const guess of [wrong, third])
      told(await server.send(DeleteMyAccountDocument, { input: { password: guess } }, again));

    const login = (fields: string) => `mutation { login(input: { ${fields} }) { __typename } }`;
    const withVariables = (input: unknown) =>
      JSON.stringify({
        query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
        variables: { input },
      });
    const bad = [
      JSON.stringify({ query: login(`email: "${email}", password: "${password}", extra: "${password}"`) }),
      JSON.stringify({ query: login(`email: "${email}", password: ["${password}"]`) }),
      JSON.stringify({ query: login(`email: "${email}", password: ${password.split(' ')[0] ?? ''}`) }),
      JSON.stringify({ query: `${login(`email: "${email}", password: "${password}"`)} ${password}` }),
      JSON.stringify({ query: login(`email: "${email}", password: "${password}`) }),
      withVariables({ email, password: [password] }),
      withVariables({ email, password: { is: password } }),
      withVariables({ email, password, [password]: password }),
      withVariables({ email: `${email}\n`, password }),
      withVariables({ email, password: password.repeat(40) }),
      withVariables([password]),
      withVariables(password),
      `{"query": "{ me { id } }", "password": "${password}`,
      `{"query": "${password}"}`,
      password,
      `"${password}"`,
      `["${password}"]`,
      JSON.stringify({ query: '{ me { id } }', operationName: password }),
      JSON.stringify({ query: '{ me { id } }', variables: password }),
      JSON.stringify({ query: '{ me { id } }', extensions: { password } }),
      JSON.stringify({ query: '{ me { id } }', extensions: { persistedQuery: { version: 1, sha256Hash: password } } }),
    ];
    for (const body of bad) told(await server.post(body));
    told(await server.post(withVariables({ email, password }), { authorization: `Bearer ${password}` }));
    told(await server.post(withVariables({ email, password }), { authorization: `Basic ${password}` }));

    const inUrl = [password, token, resetting, session.accessToken].map((secret) => encodeURIComponent(secret));
    for (const secret of inUrl) {
      for (const path of [
        `/graphql?query=${secret}`,
        `/verify-email?token=${secret}`,
        `/reset-password?token=${secret}`,
        `/?access_token=${secret}`,
        `/readyz?x=${secret}`,
      ]) {
        const response = await fetch(`${server.url}${path}`, { headers: { 'apollo-require-preflight': 'true' } });
        told({ status: response.status, headers: response.headers, text: await response.text() } as Answer);
      }
    }
  });

  afterAll(async () => {
    await server.close();
  });

  const secrets = () => [
    ...Object.values(canaries).filter((canary) => canary !== canaries.name),
    ...[...tokens],
    ...[...tokens].filter((token) => token.startsWith('eyJ')).map((token) => token.split('.')[2] ?? '?'),
  ];

  const words = ['Kanarienvogel', 'Zaunkoenig', 'Rotkehlchen', 'Nachtigall'];

  const holdsASecret = (text: string) =>
    [...secrets(), ...words, ...secrets().map((secret) => encodeURIComponent(secret))].some((secret) =>
      text.includes(secret),
    );

  it('runs through every flow and collects the secrets', () => {
    const names = answers.flatMap(({ text }) => [...text.matchAll(/"__typename":"(\w+)"/g)].map(([, name]) => name));
    expect(new Set(names)).toEqual(
      new Set([
        'SignUpSuccess',
        'WeakPasswordError',
        'InvalidEmailError',
        'InvalidCredentialsError',
        'InvalidTokenError',
        'VerifyEmailSuccess',
        'LoginSuccess',
        'RefreshSessionSuccess',
        'InvalidRefreshTokenError',
        'ChangePasswordSuccess',
        'ResetPasswordSuccess',
        'RequestPasswordResetSuccess',
        'ResendVerificationEmailSuccess',
        'RequestEmailChangeSuccess',
        'ConfirmEmailChangeSuccess',
        'ExportMyDataSuccess',
        'DeleteMyAccountSuccess',
      ]),
    );
    expect(tokens.size).toBeGreaterThanOrEqual(9);
    expect(lines.length).toBeGreaterThan(80);
    expect(lines.some((line) => line.includes('email was not delivered'))).toBe(true);
  });

  it('are in no line of the log, at any level', () => {
    expect(lines.filter(holdsASecret)).toEqual([]);
  });

  it('keeps names and addresses out of the log, too', () => {
    expect(lines.filter((line) => /Papageno|bird@example|nest@example|nobody@example/.test(line))).toEqual([]);
  });

  it('are in no response except the one that issues them', () => {
    const issuing = /"(accessToken|receipt)":/;
    expect(answers.filter(({ text }) => !issuing.test(text) && holdsASecret(text)).map(({ text }) => text)).toEqual([]);
    expect(answers.filter(({ text }) => words.some((word) => text.includes(word)))).toEqual([]);
    expect(answers.filter(({ headers }) => holdsASecret(JSON.stringify([...headers])))).toEqual([]);
  });

  it('are in no column of the database: passwords only as argon2id, the rest as digests or sealed', async () => {
    const columns = (await server.database.query(
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY 1, 2`,
    )) as { table_name: string; column_name: string }[];
    expect(columns.length).toBeGreaterThan(50);
    const found: string[] = [];
    for (const { table_name: table, column_name: column } of columns) {
      const rows = (await server.database.query(`SELECT "${column}"::text AS value FROM "${table}"`)) as {
        value: string | null;
      }[];
      const bytes = secrets().flatMap((secret) =>
        (['base64url', 'utf8'] as const).map((encoding) => Buffer.from(secret, encoding).toString('hex')),
      );
      for (const { value } of rows) {
        if (value === null) continue;
        const isLeaked = holdsASecret(value) || bytes.some((hex) => hex.length >= 32 && value.includes(hex));
        if (isLeaked) found.push(`${table}.${column}`);
      }
    }
    expect(found).toEqual([]);
    const hashes = (await server.database.query(
      `SELECT hash FROM auth_password_credential UNION ALL SELECT password_hash FROM auth_sign_up`,
    )) as { hash: string }[];
    expect(hashes.length).toBeGreaterThan(0);
    for (const { hash } of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/);
  });

  it('are sealed while they are in the queue', async () => {
    const posted = await letters();
    expect(posted.length).toBeGreaterThan(0);
    for (const { entry, letter } of posted) {
      expect(Object.keys(entry.payload as object)).toEqual(['sealed']);
      expect(JSON.stringify(entry.payload)).not.toContain('bird@example.com');
      expect(['bird@example.com', 'nest@example.com']).toContain(letter.to);
    }
    expect(posted.filter(({ letter }) => holdsASecret(JSON.stringify(letter)))).toHaveLength(3);
  });
});

describe('F8: a resolver that is added later (ASVS 8.2.1)', () => {
  @Resolver()
  class Forgetful {
    @Query(() => Int, { description: 'Says not who may pass.' })
    salaries(): number {
      return 1;
    }
  }

  @Resolver()
  class Careless {
    @Query(() => Int, { description: 'Says it twice.' })
    @Public('It was open once.')
    @Authorized('ADMIN')
    contradiction(): number {
      return 1;
    }
  }

  it('does not build without a rule', () => {
    expect(() => createSchema([Forgetful])).toThrow('Query.salaries (Forgetful.salaries)');
  });

  it('does not build with two that exclude each other', () => {
    expect(() => createSchema([Careless])).toThrow(
      'Query.contradiction (Careless.contradiction): @Public and @Authorized cannot be combined.',
    );
  });

  const builds = (resolver: ResolverClass): boolean => {
    try {
      createSchema([resolver]);
      return true;
    } catch {
      return false;
    }
  };

  /** Who reads a number that only administrators may read: a user with these roles, and nobody. */
  const readBy = async (resolver: ResolverClass[], document: string, roles: readonly 'ADMIN'[] = []) => {
    const server = await startApp({}, { resolvers: resolver });
    try {
      const { tokens } = await server.newcomer(...roles);
      const asUser = await server.post(JSON.stringify({ query: document }), bearer(tokens.accessToken));
      const asNobody = await server.post(JSON.stringify({ query: document }));
      return { user: asUser.text.includes('4711'), nobody: asNobody.text.includes('4711') };
    } finally {
      await server.close();
    }
  };

  const nobodyReads = { user: false, nobody: false };

  @ObjectType({ description: 'Money.' })
  @Authorized('ADMIN')
  class Ledger {
    @Field(() => Int, { description: 'The year.' })
    readonly total = 4711;
  }

  @Resolver()
  class LedgerQueries {
    @Query(() => Ledger, { nullable: true, description: 'Open, but for what its type demands.' })
    @Public('What the type holds is not.')
    ledger(): Ledger {
      return new Ledger();
    }
  }

  @Resolver(() => Ledger)
  class LedgerFields {
    @FieldResolver(() => Int, { nullable: true, description: 'Computed.' })
    balance(): number {
      return 4711;
    }
  }

  it('keeps the rule of a type for its fields', async () => {
    expect(await readBy([LedgerQueries], '{ ledger { total } authConfig { signUp } }')).toEqual(nobodyReads);
    expect(await readBy([LedgerQueries], '{ ledger { total } }', ['ADMIN'])).toEqual({ user: true, nobody: false });
  });

  it('keeps the rule of a type for a field that another class resolves', async () => {
    expect(await readBy([LedgerQueries, LedgerFields], '{ ledger { balance } authConfig { signUp } }')).toEqual(
      nobodyReads,
    );
  });

  @ObjectType({ description: 'An invoice.' })
  class Invoice {
    @Field(() => Int, { nullable: true, description: 'What is earned.' })
    @Authorized('ADMIN')
    readonly margin: number = 4711;
  }

  @ObjectType({ description: 'An invoice that is paid.' })
  class PaidInvoice extends Invoice {
    @Field(() => Int, { description: 'How much.' })
    readonly paid = 1;
  }

  @Resolver()
  class InvoiceQueries {
    @Query(() => PaidInvoice, { description: 'An heir.' })
    @Public('What the field holds is not.')
    paidInvoice(): PaidInvoice {
      return new PaidInvoice();
    }
  }

  it('keeps the rule of a field that a type inherits', async () => {
    expect(await readBy([InvoiceQueries], '{ paidInvoice { margin } }')).toEqual(nobodyReads);
  });

  @InterfaceType({ description: 'What can be audited.' })
  abstract class Auditable {
    @Field(() => Int, { nullable: true, description: 'What was found.' })
    @Authorized('ADMIN')
    readonly findings: number = 4711;
  }

  @ObjectType({ implements: Auditable, description: 'A branch.' })
  class Branch extends Auditable {
    @Field(() => Int, { description: 'Which.' })
    readonly number = 1;
  }

  @Resolver()
  class BranchQueries {
    @Query(() => Auditable, { description: 'By its interface.' })
    @Public('What the field holds is not.')
    auditable(): Auditable {
      return new Branch();
    }
  }

  it('keeps the rule of a field that an interface states', async () => {
    expect(await readBy([BranchQueries], '{ auditable { findings } }')).toEqual(nobodyReads);
  });

  @Resolver()
  abstract class AdministratorsReport {
    @Query(() => Int, { nullable: true, description: 'For administrators.' })
    @Authorized('ADMIN')
    report(): number {
      return 4711;
    }
  }

  @Resolver()
  @Authorized()
  class EverybodysReport extends AdministratorsReport {}

  it('keeps the rule of a resolver that another inherits, or does not build', async () => {
    const outcome = builds(EverybodysReport) ? await readBy([EverybodysReport], '{ report }') : nobodyReads;
    expect(outcome).toEqual(nobodyReads);
  });

  @Resolver()
  class Usurper {
    @Query(() => Int, {
      name: 'me',
      nullable: true,
      description: 'Takes the place of a field of ours, without a rule.',
    })
    usurped(): number {
      return 4711;
    }
  }

  it('does not take the place of a field that has a rule, or does not build', async () => {
    const document = '{ me authConfig { signUp } }';
    const outcome = builds(Usurper) ? await readBy([Usurper], document) : nobodyReads;
    expect(outcome.nobody).toBe(false);
  });
});

describe('F9: other origins and other hosts', () => {
  const foreign = [
    'https://evil.example',
    'null',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com:444',
    'https://APP.example.com',
  ];

  it.each(foreign)('allows no page of %s to read or to send', async (origin) => {
    const simple = await query('{ __typename }', { origin });
    const preflight = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    for (const { headers } of [simple, preflight]) expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('allows credentials to none of them', async () => {
    const { headers } = await query('{ __typename }', { origin: 'https://evil.example' });
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('allows the listed origin by name', async () => {
    const { headers } = await query('{ __typename }', { origin: 'https://app.example.com' });
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toMatch(/origin/i);
  });

  it('allows no origin if none is listed', async () => {
    const closed = await startApp();
    const { headers } = await closed.send(MeDocument, {}, { origin: 'https://app.example.com' });
    await closed.close();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('tells caches that responses differ by origin', async () => {
    expect((await query('{ __typename }', { origin: 'https://evil.example' })).headers.get('vary')).toMatch(/origin/i);
    expect((await query('{ __typename }')).headers.get('vary')).toMatch(/origin/i);
  });

  it.each([
    'Host: evil.example',
    'Host: evil.example\nX-Forwarded-Host: evil.example\nX-Forwarded-Proto: http',
    'X-Forwarded-Host: evil.example\nForwarded: host=evil.example;proto=http\nX-Original-Host: evil.example',
    'Host: evil.example\nOrigin: https://evil.example\nReferer: https://evil.example/',
  ])('mails links that begin with PUBLIC_URL, whatever the request says: %j', async (headers) => {
    const email = `${randomUUID()}@example.com`;
    const input = { email, password: PASSWORD };
    const body = JSON.stringify({
      query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
      variables: { input },
    });
    const { data } = await sendRaw(app.url, `POST /graphql HTTP/1.1\nContent-Type: application/json\n${headers}`, body);
    expect(data).toEqual({ signUp: { __typename: 'SignUpSuccess' } });
    const { text = '', html = '' } = await app.mailbox.waitFor(email);
    expect(text).toContain('https://id.example.com/verify-email?token=');
    expect(text + html).not.toContain('evil');
  });

  it.each([
    ...['Host:', 'Host: a b', 'Host: %%', 'Host: [', 'Host: :x', 'Host: a:99999'],
    ...['Host: id.example.com:1337@evil.example', 'Host: a/b', 'Host: a?b', 'Host: a#b', 'Host: a\\b', 'Host: \u00e4'],
  ])('answers a 400 to a host that is none, and logs no fault: %j', async (host) => {
    const lines = app.log.length;
    const head = `POST /graphql HTTP/1.1\nContent-Type: application/json\n${host}`;
    const { status, errors } = await sendRaw(app.url, head, JSON.stringify({ query: '{ __typename }' }));
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(app.log.slice(lines).filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});

const schema = createSchema();
const operations = ['query', 'mutation'] as const;
const administrators = operations.flatMap((kind) => {
  const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  const fields: GraphQLField<unknown, unknown>[] = Object.values(type?.getFields() ?? {});
  return fields
    .filter((field) => ruleOf(field)?.kind === 'roles')
    .map((field): [string, string, string] => [kind, field.name, minimalSelection(field)]);
});

describe('F12: a plain user at each of the administrators’ fields', () => {
  it('has fields to try, each in a valid document', () => {
    expect(administrators.map(([, name]) => name)).toEqual(
      expect.arrayContaining([
        ...['users', 'user', 'setUserRoles', 'disableUser', 'enableUser', 'revokeUserSessions'],
        ...['unlockUser', 'deleteUser'],
      ]),
    );
    for (const [kind, , selection] of administrators)
      expect(validate(schema, parse(`${kind} { ${selection} }`))).toEqual([]);
  });

  it.each(administrators)('is rejected, as an anonymous caller is: %s %s', async (kind, _name, selection) => {
    const { tokens } = await app.newcomer();
    const headers = bearer(tokens.accessToken);
    const before = await sizes();
    expect(refusalOf(await query(`${kind} { ${selection} }`, headers))).toEqual(refusals.forbidden);
    expect(refusalOf(await query(`${kind} { ${selection} }`))).toEqual(refusals.missing);
    expect(refusalOf(await query(`${kind} { hidden: ${selection} }`, headers))).toEqual(refusals.forbidden);
    const open = kind === 'query' ? 'authConfig { signUp }' : 'logout { revokedSessions }';
    const beside = await query(`${kind} { ${open} hidden: ${selection} }`, headers);
    expect(beside.errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect(beside.data?.['hidden'] ?? null).toBeNull();
    expect(await sizes()).toEqual(before);
  });

  it('cannot give itself the role', async () => {
    const { id, tokens } = await app.newcomer();
    const input = { userId: id, roles: ['ADMIN' as const] };
    expect(refusalOf(await app.send(SetUserRolesDocument, { input }, bearer(tokens.accessToken)))).toEqual(
      refusals.forbidden,
    );
    expect(
      await app.database.query(`SELECT 1 FROM auth_user_role WHERE user_id = $1 AND role = 'ADMIN'`, [id]),
    ).toEqual([]);
  });
});

describe('F13: the last administrator (ASVS 6.4.6)', () => {
  it('cannot disable or demote itself', async () => {
    const lonely = await startApp();
    const { id, tokens } = await lonely.newcomer('ADMIN');
    const headers = bearer(tokens.accessToken);
    const disabled = await lonely.send(DisableUserDocument, { input: { userId: id } }, headers);
    const demoted = await lonely.send(SetUserRolesDocument, { input: { userId: id, roles: ['USER'] } }, headers);
    const bare = await lonely.send(SetUserRolesDocument, { input: { userId: id, roles: [] } }, headers);
    const still = await lonely.send(MeDocument, {}, headers);
    await lonely.close();
    expect(disabled.data?.disableUser.__typename).toBe('LastAdministratorError');
    expect(demoted.data?.setUserRoles.__typename).toBe('LastAdministratorError');
    expect(bare.data?.setUserRoles.__typename).toBe('LastAdministratorError');
    expect(still.data?.me?.roles).toContain('ADMIN');
  });

  it('remains if the last two disable each other and themselves at the same time', async () => {
    const pair = await startApp();
    const [one, two] = [await pair.newcomer('ADMIN'), await pair.newcomer('ADMIN')];
    const disable = (userId: string, by: typeof one) =>
      pair.send(DisableUserDocument, { input: { userId } }, bearer(by.tokens.accessToken));
    await Promise.all([disable(two.id, one), disable(one.id, two), disable(one.id, one), disable(two.id, two)]);
    const left = await pair.database.query(
      `SELECT 1 FROM auth_user_role JOIN "user" ON "user".id = auth_user_role.user_id WHERE role = 'ADMIN' AND disabled_at IS NULL`,
    );
    await pair.close();
    expect(left).toHaveLength(1);
  });
});
