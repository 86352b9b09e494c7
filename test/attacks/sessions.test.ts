import { randomBytes } from 'node:crypto';

import { signRefreshToken, refreshTokenKey } from '../../src/security/tokens/refresh-token.js';
import { bearer, PASSWORD, startApp, type LoginSuccess, type TestApp } from '../support/app.js';
import {
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  RevokeSessionDocument,
  SignUpDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { tokenIn } from '../support/mailbox.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const OWNER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
const THIEF = { 'user-agent': 'curl/8.14.1' };

const refresh = (refreshToken: string, headers = OWNER) =>
  app.send(RefreshSessionDocument, { input: { refreshToken } }, headers);

const rotate = async ({ refreshToken }: { refreshToken: string | null }, headers = OWNER) => {
  const { data, text } = await refresh(refreshToken ?? '', headers);
  if (data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error(`refused: ${text}`);
  return data.refreshSession;
};

const refuse = async (refreshToken: string | null, headers = OWNER) => {
  const { status, data, text } = await refresh(refreshToken ?? '', headers);
  expect({ status, name: data?.refreshSession.__typename }).toEqual({ status: 200, name: 'InvalidRefreshTokenError' });
  return text;
};

const statusOf = async ({ accessToken }: { accessToken: string }) => {
  const { status, errors } = await app.send(MeDocument, {}, bearer(accessToken));
  return errors[0]?.extensions.reason ?? status;
};

const rotatedAgo = (session: { id: string }, interval: string) =>
  app.database.query(`UPDATE auth_session SET rotated_at = now() - $2::interval WHERE id = $1`, [session.id, interval]);

const rowOf = async ({ session }: LoginSuccess) => {
  const [row] = (await app.database.query(
    'SELECT generation, revoked_at IS NOT NULL AS revoked FROM auth_session WHERE id = $1',
    [session.id],
  )) as { generation: number; revoked: boolean }[];
  return row;
};

const eventsOf = async ({ session }: LoginSuccess) =>
  (await app.database.query(
    `SELECT type, subject_id, user_agent, detail FROM auth_security_event
     WHERE session_id = $1 AND type LIKE 'REFRESH%'`,
    [session.id],
  )) as { type: string; subject_id: string; user_agent: string; detail: object }[];

const countOf = async (rows: string) => {
  const [row] = (await app.database.query(`SELECT count(*)::int AS count FROM ${rows}`)) as [{ count: number }];
  return row.count;
};

// RFC 9700 section 4.14.2
describe('B1: a refresh token replayed outside the grace', () => {
  it('ends the thief’s session when the owner comes second, and names both generations on record', async () => {
    const { id, tokens } = await app.newcomer();
    const stolen = await rotate(tokens, THIEF);
    expect(await statusOf(stolen)).toBe(200);
    await rotatedAgo(tokens.session, '11 seconds');

    await refuse(tokens.refreshToken);
    expect(await statusOf(stolen)).toBe('SESSION_REVOKED');
    await refuse(stolen.refreshToken, THIEF);
    expect(await eventsOf(tokens)).toEqual([
      {
        type: 'REFRESH_REPLAYED',
        subject_id: id,
        user_agent: OWNER['user-agent'],
        detail: { presented: 1, current: 2 },
      },
    ]);
  });

  it('reveals no more for a replayed token than for a guessed one', async () => {
    const { tokens } = await app.newcomer();
    await statusOf(await rotate(tokens));
    await rotatedAgo(tokens.session, '11 seconds');
    const replayed = await refuse(tokens.refreshToken, THIEF);
    const afterwards = await refuse(tokens.refreshToken, THIEF);
    expect(new Set([replayed, afterwards, await refuse('a guess', THIEF)]).size).toBe(1);
  });

  it('is recorded once, because a replay into an ended session adds nothing', async () => {
    const { tokens } = await app.newcomer();
    await statusOf(await rotate(tokens));
    await rotatedAgo(tokens.session, '11 seconds');
    for (let count = 0; count < 3; count += 1) await refuse(tokens.refreshToken, THIEF);
    expect((await rowOf(tokens))?.revoked).toBe(true);
    expect((await eventsOf(tokens)).map(({ type }) => type)).toEqual(['REFRESH_REPLAYED']);
  });
});

// Supabase: the transaction that revoked was rolled back by the error that reported it
describe('B3: the revocation by a replay', () => {
  const replay = async () => {
    const { tokens } = await app.newcomer();
    await statusOf(await rotate(tokens));
    await rotatedAgo(tokens.session, '11 seconds');
    return tokens;
  };

  it('is committed together with its event, although the request fails', async () => {
    const tokens = await replay();
    await refuse(tokens.refreshToken);
    expect((await rowOf(tokens))?.revoked).toBe(true);
    expect(await eventsOf(tokens)).toHaveLength(1);
  });

  it('is committed although another field of the same document fails', async () => {
    const tokens = await replay();
    const query = `mutation ($input: RefreshSessionInput, $login: LoginInput!) {
      refreshSession(input: $input) { __typename }
      login(input: $login) { __typename }
    }`;
    const login = { email: 'nobody@example.com', password: PASSWORD };
    const variables = { input: { refreshToken: tokens.refreshToken }, login };
    const { data } = await app.post(JSON.stringify({ query, variables }));
    expect(data).toEqual({
      refreshSession: { __typename: 'InvalidRefreshTokenError' },
      login: { __typename: 'InvalidCredentialsError' },
    });
    expect((await rowOf(tokens))?.revoked).toBe(true);
    expect(await eventsOf(tokens)).toHaveLength(1);
  });
});

// authorizer: a replay in one session ended all sessions of the user
describe('B4: a replay', () => {
  it('ends no other session of the user and none of another user', async () => {
    const user = await app.newcomer();
    const bystander = await app.newcomer();
    const phone = await app.login(user);
    const laptop = await rotate(await app.login(user));
    await statusOf(await rotate(user.tokens));
    await rotatedAgo(user.tokens.session, '1 hour');
    await refuse(user.tokens.refreshToken);

    expect((await rowOf(user.tokens))?.revoked).toBe(true);
    for (const other of [phone, laptop, bystander.tokens]) {
      expect(await statusOf(other)).toBe(200);
      expect(await statusOf(await rotate(other))).toBe(200);
    }
  });
});

// django-oauth-toolkit 1617
describe('B5: the grace', () => {
  it('never lets a token two generations old work, confirmed or not', async () => {
    const { tokens } = await app.newcomer();
    const second = await rotate(tokens);
    const third = await rotate(second);
    await refuse(tokens.refreshToken);
    expect(await statusOf(third)).toBe(200);
    await refuse(tokens.refreshToken);

    const fourth = await rotate(third);
    for (const old of [tokens, second]) await refuse(old.refreshToken);
    expect((await rotate(third)).refreshToken).toBe(fourth.refreshToken);
    expect((await eventsOf(tokens)).map(({ type }) => type).sort()).toEqual([
      ...Array<string>(4).fill('REFRESH_LATE'),
      'REFRESH_REPEATED',
    ]);
  });

  it('is not prolonged by repeating the predecessor', async () => {
    const { tokens } = await app.newcomer();
    const next = await rotate(tokens);
    expect(await statusOf(next)).toBe(200);
    await rotatedAgo(tokens.session, '9 seconds');
    await rotate(tokens);
    await app.database.query(`UPDATE auth_session SET rotated_at = rotated_at - interval '2 seconds' WHERE id = $1`, [
      tokens.session.id,
    ]);
    await refuse(tokens.refreshToken);
    expect(await statusOf(next)).toBe('SESSION_REVOKED');
  });
});

// OWASP WSTG-SESS-03, session fixation
describe('B9: a session id brought along to login', () => {
  const CHOSEN = '01900000-0000-7000-8000-00000000beef';

  it('is refused as an unknown field, and begins nothing', async () => {
    const { email } = await app.createUser();
    const before = await countOf('auth_session');
    for (const field of ['id', 'sid', 'sessionId', 'session']) {
      const query = `mutation ($input: LoginInput!) { login(input: $input) { __typename } }`;
      const input = { email, password: PASSWORD, [field]: CHOSEN };
      const { status, errors, text } = await app.post(JSON.stringify({ query, variables: { input } }));
      expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
      expect(text).not.toContain(CHOSEN);
    }
    expect(await countOf('auth_session')).toBe(before);
  });

  it('is ignored in headers, cookies and the query string', async () => {
    const { email } = await app.createUser();
    const response = await fetch(`${app.url}/graphql?sid=${CHOSEN}&sessionId=${CHOSEN}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        cookie: `session=${CHOSEN}; sid=${CHOSEN}; connect.sid=${CHOSEN}`,
        'x-session-id': CHOSEN,
        'x-request-id': CHOSEN,
      },
      body: JSON.stringify({
        query: 'mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSuccess { session { id } } } }',
        variables: { input: { email, password: PASSWORD } },
      }),
    });
    const text = await response.text();
    expect(text).toMatch(/"id":"[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(text).not.toContain(CHOSEN);
    expect(response.headers.get('x-request-id')).not.toBe(CHOSEN);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('does not come from the access token either, whose session ends', async () => {
    const user = await app.newcomer();
    const input = { email: user.email, password: PASSWORD };
    const { data } = await app.send(LoginDocument, { input }, bearer(user.tokens.accessToken));
    if (data?.login.__typename !== 'LoginSuccess') throw new Error('refused');
    expect(data.login.session.id).not.toBe(user.tokens.session.id);
    expect(await statusOf(data.login)).toBe(200);
    expect(await statusOf(user.tokens)).toBe('SESSION_REVOKED');
  });
});

// ASVS 8.2.2
describe('B10: the id of another user’s session', () => {
  it('changes nothing and leaves no event of its owner, for an administrator too', async () => {
    const [owner, admin] = [await app.newcomer(), await app.newcomer('ADMIN')];
    const events = await countOf('auth_security_event');
    const input = { sessionId: owner.tokens.session.id };
    const { data } = await app.send(RevokeSessionDocument, { input }, bearer(admin.tokens.accessToken));
    expect(data?.revokeSession).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    expect((await rowOf(owner.tokens))?.revoked).toBe(false);
    expect(await countOf('auth_security_event')).toBe(events);
  });

  it('gets the same result as an ended session of the caller', async () => {
    const [mine, theirs] = [await app.newcomer(), await app.newcomer()];
    const over = await app.login(mine);
    await app.send(LogoutDocument, {}, bearer(over.accessToken));
    const attempt = async (sessionId: string) =>
      (await app.send(RevokeSessionDocument, { input: { sessionId } }, bearer(mine.tokens.accessToken))).text;
    expect(await attempt(theirs.tokens.session.id)).toBe(await attempt(over.session.id));
  });
});

describe('B13: an edited refresh token', () => {
  let away: TestApp;
  let token: string;
  let bytes: Buffer;
  let otherSession: string;

  beforeAll(async () => {
    away = await startApp();
    const user = await away.newcomer();
    token = user.tokens.refreshToken ?? '';
    bytes = Buffer.from(token, 'base64url');
    otherSession = (await away.login(user)).session.id;
    await away.gatehouse.store.close();
  });

  afterAll(async () => {
    await away.close();
  });

  /** What is answered while there is no database: whatever asks it is a 503. */
  const answer = async (refreshToken: string) => {
    const { status, data, errors } = await away.send(RefreshSessionDocument, { input: { refreshToken } });
    return data?.refreshSession.__typename ?? `${status} ${errors[0]?.extensions.code}`;
  };
  const edited = (offset: number, replacement: Buffer) => {
    const copy = Buffer.from(bytes);
    replacement.copy(copy, offset);
    return copy.toString('base64url');
  };
  const uint32 = (value: number) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(value);
    return four;
  };
  const uuid = (text: string) => Buffer.from(text.replaceAll('-', ''), 'hex');

  it('would cause a read of the database if it were intact', async () => {
    expect(await answer(token)).toBe('503 SERVICE_UNAVAILABLE');
  });

  it.each([
    ['version', 0, () => Buffer.of(2)],
    ['key id', 1, () => randomBytes(16)],
    ['session id, by that of another session of the user,', 17, () => uuid(otherSession)],
    ['generation, by the next,', 33, () => uint32(2)],
    ['generation, by none,', 33, () => uint32(0)],
    ['generation, by the last,', 33, () => uint32(0xffffffff)],
    ['MAC', 37, () => Buffer.alloc(32)],
  ])('is refused before any database access when its %s is replaced', async (_field, offset, replacement) => {
    expect(await answer(edited(offset, replacement()))).toBe('InvalidRefreshTokenError');
  });

  it('is refused before any database access when any one bit of any byte is flipped', async () => {
    const flipped = Array.from(bytes, (byte, offset) => edited(offset, Buffer.of(byte ^ (1 << (offset % 8)))));
    const answers = await Promise.all(flipped.map(answer));
    expect(new Set(answers)).toEqual(new Set(['InvalidRefreshTokenError']));
    expect(answers).toHaveLength(69);
  });

  it('is refused before any database access when it is longer or shorter', async () => {
    const lengths = [
      bytes.subarray(0, -1),
      bytes.subarray(0, 37),
      bytes.subarray(1),
      Buffer.concat([bytes, Buffer.of(0)]),
    ];
    for (const other of lengths) expect(await answer(other.toString('base64url'))).toBe('InvalidRefreshTokenError');
    expect(await answer(`${token}${token}`)).toBe('InvalidRefreshTokenError');
  });

  it('is refused before any database access in any other spelling', async () => {
    const spellings = [
      `${token}=`,
      `${token}====`,
      ` ${token}`,
      `${token} `,
      `"${token}"`,
      `Bearer ${token}`,
      bytes.toString('hex'),
    ];
    for (const spelling of spellings) expect(await answer(spelling)).toBe('InvalidRefreshTokenError');
    const foreignAlphabet = Buffer.alloc(69, 0xff).toString('base64');
    expect(await answer(foreignAlphabet)).toBe('InvalidRefreshTokenError');
  });

  it('is refused when another secret made its MAC, under the id of the key in use', async () => {
    const hex = bytes.subarray(1, 17).toString('hex');
    const keyId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const forged = signRefreshToken(refreshTokenKey(keyId, randomBytes(32)), {
      sessionId: otherSession,
      generation: 1,
    });
    expect(await answer(forged)).toBe('InvalidRefreshTokenError');
  });
});

// Supabase: a client that lost the answer was logged out
describe('B14: a client whose answer was lost for an hour', () => {
  it('gets a working successor for the old token', async () => {
    const { tokens } = await app.newcomer();
    const lost = await rotate(tokens);
    await rotatedAgo(tokens.session, '1 hour');
    const found = await rotate(tokens);
    expect(found.refreshToken).toBe(lost.refreshToken);
    expect(found.expiresIn).toBe(1800);
    expect(await statusOf(found)).toBe(200);
    expect(await statusOf(await rotate(found))).toBe(200);
    expect((await eventsOf(tokens)).map(({ type }) => type)).toEqual(['REFRESH_REPEATED']);
  });

  it('is a thief as soon as the successor was used', async () => {
    const { tokens } = await app.newcomer();
    const next = await rotate(tokens);
    expect(await statusOf(next)).toBe(200);
    await rotatedAgo(tokens.session, '1 hour');
    await refuse(tokens.refreshToken);
    expect(await statusOf(next)).toBe('SESSION_REVOKED');
  });

  it('is not helped by an access token of the generation before', async () => {
    const { tokens } = await app.newcomer();
    const lost = await rotate(tokens);
    expect(await statusOf(tokens)).toBe(200);
    await rotatedAgo(tokens.session, '1 hour');
    expect((await rotate(tokens)).refreshToken).toBe(lost.refreshToken);
  });
});

describe('B15: ten tabs restored at once, one of them two generations behind', () => {
  it('go on with one successor, except that one, and nobody is logged out', async () => {
    const { tokens } = await app.newcomer();
    const current = await rotate(await rotate(tokens));
    const [, ...restored] = await Promise.all([
      refuse(tokens.refreshToken),
      ...Array.from({ length: 9 }, () => rotate(current)),
    ]);
    expect(new Set(restored.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await rowOf(tokens)).toEqual({ generation: 4, revoked: false });
    for (const tab of restored) expect(await statusOf(tab)).toBe(200);
  });
});

describe('B16: a database that was restored from a backup', () => {
  it('ends a session that is some generations behind its client, and no other', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    const newest = await rotate(await rotate(await rotate(user.tokens)));
    expect(await statusOf(newest)).toBe(200);
    await app.database.query('UPDATE auth_session SET generation = 1, confirmed_generation = 0 WHERE id = $1', [
      user.tokens.session.id,
    ]);

    await refuse(newest.refreshToken);
    expect((await rowOf(user.tokens))?.revoked).toBe(true);
    expect(await eventsOf(user.tokens)).toMatchObject([
      { type: 'REFRESH_AHEAD', detail: { presented: 4, current: 1 } },
    ]);
    expect(await statusOf(newest)).toBe('SESSION_REVOKED');
    expect(await statusOf(await rotate(other))).toBe(200);
  });

  // Remembered as confirmed, the new generation would leave its predecessor usable for ever.
  it('is not told by a token from its future that the client has the generation that will bear the same number', async () => {
    const { tokens } = await app.newcomer();
    const future = await rotate(tokens);
    await app.database.query('UPDATE auth_session SET generation = 1, confirmed_generation = 0 WHERE id = $1', [
      tokens.session.id,
    ]);
    for (let count = 0; count < 2; count += 1) expect(await statusOf(future)).toBe(200);
    const next = await rotate(tokens);
    expect(await statusOf(next)).toBe(200);
    await rotatedAgo(tokens.session, '11 seconds');
    await refuse(tokens.refreshToken);
    expect((await eventsOf(tokens)).map(({ type }) => type)).toEqual(['REFRESH_REPLAYED']);
  });

  it('does not contain a session that was started later: its tokens are rejected, and nothing is recorded', async () => {
    const { tokens } = await app.newcomer();
    await app.database.query('DELETE FROM auth_session WHERE id = $1', [tokens.session.id]);
    const events = await countOf('auth_security_event');
    await refuse(tokens.refreshToken);
    expect(await statusOf(tokens)).toBe('SESSION_REVOKED');
    expect(await countOf('auth_security_event')).toBe(events);
  });
});

describe('B21: a mutation of which one field is refused', () => {
  const CHANGE = 'changePassword(input: { currentPassword: "x", newPassword: "y" }) { __typename }';

  const attempt = async (query: string, variables: object, headers = {}) => {
    // The record of a denial is the only trace of one.
    const events = `auth_security_event WHERE type <> 'ACCESS_DENIED'`;
    const before = [await countOf('auth_session'), await countOf(events)];
    const { status, errors, data } = await app.post(JSON.stringify({ query, variables }), headers);
    expect(data ?? null).toBeNull();
    expect([await countOf('auth_session'), await countOf(events)]).toEqual(before);
    return `${status} ${errors[0]?.extensions.code}`;
  };

  it('runs nothing: no session begins, and no failed login is counted', async () => {
    const { email } = await app.createUser();
    const login = `mutation ($input: LoginInput!) { login(input: $input) { __typename } ${CHANGE} }`;
    expect(await attempt(login, { input: { email, password: PASSWORD } })).toBe('401 UNAUTHENTICATED');
    expect(await attempt(login, { input: { email, password: 'a wrong password' } })).toBe('401 UNAUTHENTICATED');
  });

  it('runs nothing when the refused field hides behind aliases, fragments and directives', async () => {
    const { email } = await app.createUser();
    const query = `
      mutation ($input: LoginInput!, $yes: Boolean!) { login(input: $input) { __typename } ...Outer @include(if: $yes) }
      fragment Outer on Mutation { ... on Mutation @skip(if: false) { ...Inner } }
      fragment Inner on Mutation { harmless: ${CHANGE} }`;
    const variables = { input: { email, password: PASSWORD }, yes: true };
    expect(await attempt(query, variables)).toBe('401 UNAUTHENTICATED');
  });

  it('runs nothing for a user who lacks the role that its last field wants', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    const query =
      'mutation ($input: DisableUserInput!) { revokeOtherSessions { revokedSessions } disableUser(input: $input) { __typename } }';
    expect(await attempt(query, { input: { userId: user.id } }, bearer(user.tokens.accessToken))).toBe('403 FORBIDDEN');
    expect(await statusOf(other)).toBe(200);
  });

  it('runs nothing with the access token of an ended session', async () => {
    const user = await app.newcomer();
    await app.send(LogoutDocument, {}, bearer(user.tokens.accessToken));
    const query = `mutation ($input: LoginInput!) { login(input: $input) { __typename } ${CHANGE} }`;
    const variables = { input: { email: user.email, password: PASSWORD } };
    expect(await attempt(query, variables, bearer(user.tokens.accessToken))).toBe('401 UNAUTHENTICATED');
  });
});

const verify = async (input: { token: string; receipt?: string | null; newPassword?: string }) => {
  const { data, status, errors } = await app.send(VerifyEmailDocument, { input });
  return data?.verifyEmail.__typename ?? `${status} ${errors[0]?.extensions.code}`;
};

const mailedToken = async (email: string, count = 1) => tokenIn(await app.mailbox.waitForLink(email, count));

const loginAnswer = async (email: string, password: string) =>
  (await app.send(LoginDocument, { input: { email, password } })).data?.login.__typename;

// CVE-2026-35407
describe('D4: a token of one purpose, user or sign-up', () => {
  it('is not accepted by verifyEmail if it is a receipt, a refresh token or an access token', async () => {
    const receipt = await app.signUp('purposes@example.com');
    const { tokens } = await app.newcomer();
    for (const token of [receipt, tokens.refreshToken ?? '', tokens.accessToken, tokens.session.id]) {
      expect(await verify({ token, receipt })).toBe('InvalidTokenError');
      expect(await verify({ token, newPassword: PASSWORD })).toBe('InvalidTokenError');
    }
  });

  it('is not accepted as a refresh token if it verifies an address', async () => {
    await app.signUp('elsewhere@example.com');
    await refuse(await mailedToken('elsewhere@example.com'));
  });

  it('verifies only the address that it was sent to, with any receipt', async () => {
    const mine = await app.signUp('mallory@example.com', 'the first of two passwords');
    await app.signUp('alice@example.com', 'the second of two passwords');
    const token = await mailedToken('mallory@example.com');
    await mailedToken('alice@example.com');

    expect(await verify({ token, receipt: mine })).toBe('VerifyEmailSuccess');
    expect(await loginAnswer('mallory@example.com', 'the first of two passwords')).toBe('LoginSuccess');
    expect(await loginAnswer('alice@example.com', 'the first of two passwords')).toBe('InvalidCredentialsError');
    expect(await loginAnswer('alice@example.com', 'the second of two passwords')).toBe('InvalidCredentialsError');
  });

  it('does not take the receipt of another sign-up', async () => {
    const theirs = await app.signUp('first-claim@example.com');
    await app.signUp('second-claim@example.com');
    const token = await mailedToken('second-claim@example.com');
    expect(await verify({ token, receipt: theirs })).toBe('PasswordRequiredError');
  });

  it('is refused when the name of one token is joined to the secret of another', async () => {
    const receipt = await app.signUp('spliced@example.com');
    await app.signUp('splicer@example.com');
    const [theirs, mine] = [await mailedToken('spliced@example.com'), await mailedToken('splicer@example.com')];
    const [name] = theirs.split('.');
    const [, secret] = mine.split('.');
    expect(await verify({ token: `${name}.${secret}`, receipt })).toBe('InvalidTokenError');
    expect(await verify({ token: theirs, receipt })).toBe('VerifyEmailSuccess');
  });
});

// A null or undefined in a Prisma filter matches every row
describe('D7: a token that is empty, null or undefined', () => {
  beforeAll(async () => {
    await app.signUp('pending@example.com');
    await mailedToken('pending@example.com');
  });

  it.each(['', 'null', 'undefined', 'NaN', '0', 'true', '.', '..', '%', '*', '[object Object]'])(
    'matches nothing as the text %s',
    async (token) => {
      expect(await verify({ token, newPassword: PASSWORD })).toBe('InvalidTokenError');
      expect(await verify({ token, receipt: token })).toBe('InvalidTokenError');
      await refuse(token);
    },
  );

  it.each([
    ['absent', {}],
    ['null', { token: null }],
    ['an array', { token: [] }],
    ['an object', { token: { not: '' } }],
    ['a number', { token: 0 }],
  ])('is a wrong request when it is %s', async (_form, input) => {
    const query = 'mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename } }';
    const { status, errors } = await app.post(JSON.stringify({ query, variables: { input } }));
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it('is not a receipt: a new password is required', async () => {
    const token = await mailedToken('pending@example.com');
    expect(await verify({ token, receipt: null })).toBe('PasswordRequiredError');
    for (const receipt of ['', 'null', 'undefined', '.'])
      expect(await verify({ token, receipt })).toBe('PasswordRequiredError');
  });

  it('uses up no token that is waiting', async () => {
    const token = await mailedToken('pending@example.com');
    await verify({ token: 'undefined', newPassword: PASSWORD });
    expect(await loginAnswer('pending@example.com', PASSWORD)).toBe('InvalidCredentialsError');
    expect(await verify({ token, newPassword: PASSWORD })).toBe('VerifyEmailSuccess');
  });

  it('ends no session and begins none at refreshSession and logout', async () => {
    const { tokens } = await app.newcomer();
    const asked = await app.post(JSON.stringify({ query: 'mutation { refreshSession(input: null) { __typename } }' }));
    expect(asked.data).toEqual({ refreshSession: { __typename: 'InvalidRefreshTokenError' } });
    await app.post(JSON.stringify({ query: 'mutation { logout(input: null) { revokedSessions } }' }));
    await app.send(LogoutDocument, { input: { refreshToken: 'undefined' } });
    expect(await statusOf(tokens)).toBe(200);
  });
});

// Account pre-hijacking
describe('D10: an attacker who signs up with the victim’s address', () => {
  const THEIRS = 'the attacker knows this one';
  const MINE = 'the victim chose this one';

  it('gains nothing when the victim, who never signed up, clicks and chooses a password', async () => {
    await app.signUp('before@example.com', THEIRS);
    const token = await mailedToken('before@example.com');
    expect(await verify({ token })).toBe('PasswordRequiredError');
    expect(await verify({ token, newPassword: MINE })).toBe('VerifyEmailSuccess');
    expect(await loginAnswer('before@example.com', THEIRS)).toBe('InvalidCredentialsError');
    expect(await loginAnswer('before@example.com', MINE)).toBe('LoginSuccess');
  });

  it('gains nothing by coming first, when the victim signs up too and clicks the attacker’s link', async () => {
    await app.signUp('first@example.com', THEIRS);
    const planted = await mailedToken('first@example.com');
    const receipt = await app.signUp('first@example.com', MINE);
    expect(await verify({ token: planted, receipt })).toBe('PasswordRequiredError');
    expect(await verify({ token: planted, newPassword: MINE })).toBe('VerifyEmailSuccess');
    expect(await loginAnswer('first@example.com', THEIRS)).toBe('InvalidCredentialsError');
    expect(await loginAnswer('first@example.com', MINE)).toBe('LoginSuccess');
  });

  it('gains nothing by coming second, before the victim clicks the newer of two links', async () => {
    const receipt = await app.signUp('second@example.com', MINE);
    await mailedToken('second@example.com');
    await app.signUp('second@example.com', THEIRS);
    const planted = await mailedToken('second@example.com', 2);
    expect(await verify({ token: planted, receipt })).toBe('PasswordRequiredError');
    expect(await verify({ token: planted, newPassword: MINE })).toBe('VerifyEmailSuccess');
    expect(await loginAnswer('second@example.com', THEIRS)).toBe('InvalidCredentialsError');
  });

  it('leaves nothing behind that works once the victim’s own sign-up is verified', async () => {
    const stolen = await app.signUp('behind@example.com', THEIRS);
    const planted = await mailedToken('behind@example.com');
    const receipt = await app.signUp('behind@example.com', MINE);
    const token = await mailedToken('behind@example.com', 2);
    expect(await verify({ token, receipt })).toBe('VerifyEmailSuccess');
    expect(await verify({ token: planted, receipt: stolen })).toBe('InvalidTokenError');
    expect(await verify({ token: planted, newPassword: THEIRS })).toBe('InvalidTokenError');
    expect(await loginAnswer('behind@example.com', MINE)).toBe('LoginSuccess');
  });

  it('cannot take over an account that an administrator made and nobody verified', async () => {
    const { email, password } = await app.createUser({ email: 'invited@example.com', verified: false });
    const receipt = await app.signUp(email, THEIRS);
    const mail = await app.mailbox.waitFor(email);
    expect(mail.text).not.toContain('token=');
    expect(await verify({ token: receipt, receipt })).toBe('InvalidTokenError');
    expect(await loginAnswer(email, THEIRS)).toBe('InvalidCredentialsError');
    expect(await loginAnswer(email, password)).toBe('EmailNotVerifiedError');
  });

  it('keeps no session from before the verification by the victim, if unverified addresses may log in', async () => {
    const open = await startApp({ REQUIRE_VERIFIED_EMAIL: 'false' });
    const email = 'hijacked@example.com';
    await open.send(SignUpDocument, { input: { email, password: THEIRS } });
    const squatting = await open.login({ email, password: THEIRS });
    const token = tokenIn(await open.mailbox.waitForLink(email));
    const { data: asked } = await open.send(VerifyEmailDocument, { input: { token } });
    await open.send(VerifyEmailDocument, { input: { token, newPassword: MINE } });
    const input = { refreshToken: squatting.refreshToken ?? '' };
    const { data: refreshed } = await open.send(RefreshSessionDocument, { input });
    const owner = await open.login({ email, password: MINE });
    const entered = await open.send(LoginDocument, { input: { email, password: THEIRS } });
    await open.close();
    expect(asked?.verifyEmail.__typename).toBe('PasswordRequiredError');
    expect(refreshed?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    expect(owner.user.emailVerified).toBe(true);
    expect(entered.data?.login.__typename).toBe('InvalidCredentialsError');
  });
});

// authorizer: what the database holds was accepted as what the mail holds
describe('D11: an attacker who reads the database', () => {
  const stored = async (email: string) => {
    const [row] = (await app.database.query(
      `SELECT t.id, encode(t.digest, 'hex') AS digest, encode(s.receipt_digest, 'hex') AS receipt
       FROM auth_one_time_token t JOIN auth_sign_up s ON s.id = t.sign_up_id WHERE t.email_canonical = $1`,
      [email],
    )) as { id: string; digest: string; receipt: string }[];
    if (!row) throw new Error('nothing is stored');
    return row;
  };

  it('cannot verify an address with the stored digest, in any spelling', async () => {
    const receipt = await app.signUp('dumped@example.com');
    await mailedToken('dumped@example.com');
    const { id, digest } = await stored('dumped@example.com');
    const name = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
    const forgeries = [
      `${name}.${Buffer.from(digest, 'hex').toString('base64url')}`,
      `${name}.${digest}`,
      `${id}.${digest}`,
      digest,
    ];
    for (const token of forgeries) expect(await verify({ token, receipt })).toBe('InvalidTokenError');
  });

  it('cannot show the stored digest of a receipt instead of the receipt', async () => {
    await app.signUp('receipt@example.com');
    const token = await mailedToken('receipt@example.com');
    const { receipt } = await stored('receipt@example.com');
    expect(await verify({ token, receipt })).toBe('PasswordRequiredError');
    expect(await verify({ token, receipt: Buffer.from(receipt, 'hex').toString('base64url') })).toBe(
      'PasswordRequiredError',
    );
  });

  it('cannot make a refresh token of a sealed key', async () => {
    const { tokens } = await app.newcomer();
    const [key] = (await app.database.query(
      `SELECT id, sealed FROM auth_signing_key WHERE purpose = 'REFRESH_TOKEN'`,
    )) as [{ id: string; sealed: string }];
    const sealed = Buffer.from(key.sealed.split('.')[1] ?? '', 'base64url');
    const claims = { sessionId: tokens.session.id, generation: 1 };
    expect(signRefreshToken(refreshTokenKey(key.id, sealed.subarray(12, 44)), claims)).not.toBe(tokens.refreshToken);
    await refuse(signRefreshToken(refreshTokenKey(key.id, sealed.subarray(12, 44)), claims));
    expect(await statusOf(tokens)).toBe(200);
  });
});
