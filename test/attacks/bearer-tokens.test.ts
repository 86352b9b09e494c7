import { createHmac, createPublicKey, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ConfigError, loadConfig } from '../../src/config/config.js';
import { generateSigningKey, type SigningKey } from '../../src/security/tokens/key-ring.js';
import { generateSecret } from '../../src/config/secret.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import {
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { tokenIn } from '../support/mailbox.js';
import { postRaw, rawQuestion, sendBytes, sendRaw } from '../support/raw-http.js';
import { refusalOf, refusals } from '../support/refusals.js';
import { claimsOf, encode, forge, signingKeyOf } from '../support/signing.js';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;
let key: SigningKey;

beforeAll(async () => {
  app = await startApp();
  user = await app.newcomer();
  key = await signingKeyOf(app);
});

afterAll(async () => {
  await app.close();
});

const me = (token: string) => app.send(MeDocument, {}, bearer(token));

const accepted = async (token: string) => expect((await me(token)).data?.me?.id).toBe(user.id);

/** Refused in the contract's words, and neither the answer nor the log holds the token. */
const isRefused = async (token: string, expected: object = refusals.tokenInvalid) => {
  const lines = app.log.length;
  const answer = await me(token);
  expect(refusalOf(answer)).toEqual(expected);
  const { code, reason } = refusalOf(answer);
  expect(answer.errors).toEqual([
    { message: 'Authentication is required.', extensions: { code, reason, retryable: false } },
  ]);
  expect(answer.text).not.toContain(token.slice(0, 200) || '\0');
  if (token.length > 20) expect(app.log.slice(lines).join()).not.toContain(token);
};

/** A token that the server's own key signed, with what is given changed. */
const forged = (header: unknown, payload: unknown = {}) => forge(user.tokens.accessToken, key, { header, payload });

const parts = (token: string) => token.split('.') as [header: string, payload: string, signature: string];

const nowSeconds = () => Math.floor(app.clock.now().getTime() / 1000);

it('a forgery of this suite is accepted when nothing in it is false', async () => {
  await accepted(user.tokens.accessToken);
  await accepted(forged({}));
});

describe('A1: alg none (CVE-2022-23540, CVE-2015-2951)', () => {
  it.each(['none', 'None', 'NoNe', 'NONE', '', 'es256', 'ES256K', 'ES384', 'PS256', 'EdDSA', 'HS256', 'RS256'])(
    'is refused, signed or not, in the spelling %j',
    async (alg) => {
      const token = forged({ alg });
      const [header, payload] = parts(token);
      await isRefused(token);
      await isRefused(`${header}.${payload}.`);
      await isRefused(`${header}.${payload}`);
    },
  );

  it('is refused with an empty signature under the right alg', async () => {
    const [header, payload] = parts(user.tokens.accessToken);
    await isRefused(`${header}.${payload}.`);
  });
});

describe('A2: HS256 under our public key (CVE-2022-23541, CVE-2016-10555)', () => {
  const confused = (signing: SigningKey, token: string, secret: string | Buffer) => {
    const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: signing.kid })}.${parts(token)[1]}`;
    return `${input}.${encode(createHmac('sha256', secret).update(input).digest())}`;
  };

  const publicTexts = async (server: TestApp, signing: SigningKey) => {
    const published = await (await fetch(`${server.url}/.well-known/jwks.json`)).text();
    const [jwk] = (JSON.parse(published) as { keys: object[] }).keys;
    const pem = String(signing.verifyingKey.export({ format: 'pem', type: 'spki' }));
    const der = signing.verifyingKey.export({ format: 'der', type: 'spki' });
    return [
      pem,
      pem.trim(),
      pem.replaceAll('\n', '\r\n'),
      der,
      der.toString('base64'),
      published,
      JSON.stringify(jwk),
      '',
    ];
  };

  it('is refused whichever text of the key was the secret', async () => {
    for (const text of await publicTexts(app, key)) await isRefused(confused(key, user.tokens.accessToken, text));
  });

  it('is refused under RS256 too', async () => {
    const rsa = await startApp({ SIGNING_ALGORITHM: 'RS256' });
    const { tokens } = await rsa.newcomer();
    const signing = await signingKeyOf(rsa);
    const pem = String(signing.verifyingKey.export({ format: 'pem', type: 'pkcs1' }));
    const texts = [...(await publicTexts(rsa, signing)), pem];
    const answers = await Promise.all(
      texts.map((text) => rsa.send(MeDocument, {}, bearer(confused(signing, tokens.accessToken, text)))),
    );
    await rsa.close();
    for (const answer of answers) expect(refusalOf(answer)).toEqual(refusals.tokenInvalid);
  });
});

describe('A4: a key look-up that finds nothing, or an object (CVE-2022-23529)', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'current', 'size', ''])(
    'is refused for the kid %j',
    async (kid) => isRefused(forged({ kid })),
  );

  it.each([[undefined], [null], [0], [true], [[]], [['x']], [{}], [{ toString: 'x' }], [{ kid: 'x' }]])(
    'is refused for the kid %j, which is no text',
    async (kid) => isRefused(forged({ kid })),
  );

  it('is refused when the right kid stands in an array', async () => {
    await isRefused(forged({ kid: [key.kid] }));
  });
});

describe('A5: a key that the token brings along (CVE-2018-0114, RFC 8725 section 3.10)', () => {
  it('is refused, and nothing is fetched', async () => {
    const stranger = await generateSigningKey('ES256');
    const jwk = { ...createPublicKey(stranger.signingKey).export({ format: 'jwk' }), kid: stranger.kid, alg: 'ES256' };
    let fetched = 0;
    const trap = createServer((_request, response) => {
      fetched += 1;
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/jwks.json`;

    const members = [{ jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }, { x5t: 'x' }, { 'x5t#S256': 'x' }];
    for (const member of members) {
      await isRefused(forge(user.tokens.accessToken, stranger, { header: member }));
      await isRefused(forge(user.tokens.accessToken, stranger, { header: { ...member, kid: key.kid } }));
      await isRefused(forged(member));
    }
    await isRefused(forge(user.tokens.accessToken, stranger, { payload: { iss: url } }));
    trap.close();
    expect(fetched).toBe(0);
  });
});

describe('A6: a kid that is a path, a query, a prototype (RFC 8725 section 3.10)', () => {
  it.each([
    '../../../../../../dev/null',
    '/etc/passwd',
    'file:///dev/null',
    "' OR '1'='1",
    "x' UNION SELECT 'AAAA' --",
    '$(touch /tmp/x)',
    '|/bin/true',
    '%00',
    '\0',
    '*',
  ])('is refused: %j', async (kid) => isRefused(forged({ kid })));

  it('is refused with something around the right one', async () => {
    for (const kid of [` ${key.kid}`, `${key.kid} `, `${key.kid}\0`, key.kid.toLowerCase(), `./${key.kid}`]) {
      await isRefused(forged({ kid }));
    }
  });

  it('is refused unread when it is a megabyte', async () => {
    const { status, errors } = await postRaw(
      app.url,
      `Authorization: Bearer ${forged({ kid: 'k'.repeat(1_000_000) })}`,
      '{ me { id } }',
    );
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 431, code: 'BAD_REQUEST' });
  });
});

describe('A7: header members that change what is signed (CVE-2026-35042, CVE-2026-32597)', () => {
  it.each([
    [{ crit: ['b64'], b64: false }],
    [{ crit: ['exp'], exp: 1 }],
    [{ crit: ['x'], x: 1 }],
    [{ crit: [] }],
    [{ crit: 'b64' }],
    [{ b64: false }],
    [{ b64: true }],
    [{ zip: 'DEF' }],
    [{ cty: 'JWT' }],
    [{ enc: 'A256GCM' }],
  ])('are refused: %j', async (member) => isRefused(forged(member)));
});

describe('A8: a token in the place of another (RFC 8725 section 3.12)', () => {
  const issued = async () => {
    const { tokens, email } = await app.newcomer();
    const address = `claimed-${email}`;
    const receipt = await app.signUp(address);
    return {
      access: tokens.accessToken,
      refresh: tokens.refreshToken ?? '',
      oneTime: tokenIn(await app.mailbox.waitForLink(address)),
      receipt,
    };
  };

  it('is refused as a bearer: refresh token, one-time token, receipt', async () => {
    const { refresh, oneTime, receipt } = await issued();
    for (const token of [refresh, oneTime, receipt]) await isRefused(token);
  });

  it('is refused by refreshSession: access token, one-time token, receipt', async () => {
    const { access, oneTime, receipt } = await issued();
    for (const refreshToken of [access, oneTime, receipt]) {
      const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken } });
      expect(data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    }
  });

  it('ends nothing by logout: access token, one-time token, receipt', async () => {
    const { access, oneTime, receipt } = await issued();
    for (const refreshToken of [access, oneTime, receipt]) await app.send(LogoutDocument, { input: { refreshToken } });
    expect((await me(access)).status).toBe(200);
  });

  it('verifies no address: access token, refresh token, receipt', async () => {
    const { access, refresh, receipt, oneTime } = await issued();
    for (const token of [access, refresh, receipt]) {
      const { data } = await app.send(VerifyEmailDocument, {
        input: { token, receipt, newPassword: 'quite another one' },
      });
      expect(data?.verifyEmail.__typename).toBe('InvalidTokenError');
    }
    const { data } = await app.send(VerifyEmailDocument, { input: { token: oneTime, receipt } });
    expect(data?.verifyEmail.__typename).toBe('VerifyEmailSuccess');
  });

  it('is no receipt: access token, refresh token, the one-time token itself, or its secret', async () => {
    const { access, refresh, oneTime } = await issued();
    for (const receipt of [access, refresh, oneTime, oneTime.split('.')[1] ?? '']) {
      const { data } = await app.send(VerifyEmailDocument, { input: { token: oneTime, receipt } });
      expect(data?.verifyEmail.__typename).toBe('PasswordRequiredError');
    }
  });

  it('is refused when it is of another type, though our key signed it', async () => {
    for (const typ of [
      'JWT',
      'jwt',
      'at+JWT',
      'application/at+jwt',
      'rt+jwt',
      'id+jwt',
      'logout+jwt',
      '',
      null,
      undefined,
    ]) {
      await isRefused(forged({ typ }));
    }
  });

  it('is refused when another Gatehouse of the same name issued it', async () => {
    const other = await startApp();
    const { tokens } = await other.newcomer();
    await other.close();
    expect(claimsOf(tokens.accessToken).iss).toBe(claimsOf(user.tokens.accessToken).iss);
    await isRefused(tokens.accessToken);
    const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    expect(data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
  });
});

describe('A9: for or from somebody else (CVE-2026-30863)', () => {
  const claims = () => claimsOf(user.tokens.accessToken);

  it.each([
    ['another issuer', () => ({ iss: 'https://evil.example' })],
    ['our issuer with a slash', () => ({ iss: `${claims().iss}/` })],
    ['our issuer in capitals', () => ({ iss: claims().iss.toUpperCase() })],
    ['a list of issuers', () => ({ iss: [claims().iss] })],
    ['no issuer', () => ({ iss: undefined })],
    ['another audience', () => ({ aud: 'https://billing.example' })],
    ['our audience and a stranger', () => ({ aud: [claims().aud, 'https://evil.example'] })],
    ['our audience alone in a list', () => ({ aud: [claims().aud] })],
    ['an empty list', () => ({ aud: [] })],
    ['a longer audience', () => ({ aud: `${claims().aud}.evil.example` })],
    ['no audience', () => ({ aud: undefined })],
    ['another client', () => ({ client_id: 'evil' })],
    ['no client', () => ({ client_id: undefined })],
    ["another user's id", () => ({ sub: '01900000-0000-7000-8000-000000000000' })],
  ])('is refused: %s', async (description, payload) => {
    const expected = description.includes("user's") ? refusals.sessionRevoked : refusals.tokenInvalid;
    await isRefused(forged({}, payload()), expected);
  });

  it('is refused with the session of somebody else', async () => {
    const other = await app.newcomer();
    await isRefused(forged({}, { sid: other.tokens.session.id }), refusals.sessionRevoked);
    await isRefused(forged({}, { sub: other.id }), refusals.sessionRevoked);
  });

  it('gives no role by saying so', async () => {
    const answer = await app.post(
      JSON.stringify({ query: '{ users { edges { cursor } } }' }),
      bearer(forged({}, { roles: ['ADMIN', 'USER'], scope: 'role:ADMIN role:USER' })),
    );
    expect(refusalOf(answer)).toEqual(refusals.forbidden);
  });
});

describe('A10: times (RFC 9068, RFC 8725)', () => {
  it.each([
    ['no exp', () => ({ exp: undefined })],
    ['exp null', () => ({ exp: null })],
    ['exp as text', () => ({ exp: String(nowSeconds() + 60) })],
    ['exp 1e300', () => ({ exp: 1e300 })],
    ['exp with a fraction', () => ({ exp: nowSeconds() + 60.5 })],
    ['exp negative', () => ({ exp: -1 })],
    ['exp beyond the longest lifetime', () => ({ iat: nowSeconds(), exp: nowSeconds() + 1801 })],
    ['exp in milliseconds', () => ({ exp: Date.now() })],
    ['exp before iat', () => ({ iat: nowSeconds(), exp: nowSeconds() - 1 })],
    ['iat missing', () => ({ iat: undefined })],
    ['iat as text', () => ({ iat: String(nowSeconds()) })],
    ['iat past the skew', () => ({ iat: nowSeconds() + 61, auth_time: nowSeconds(), exp: nowSeconds() + 600 })],
    ['nbf in the future', () => ({ nbf: nowSeconds() + 600 })],
    ['nbf as text', () => ({ nbf: String(nowSeconds()) })],
    ['auth_time after iat', () => ({ auth_time: nowSeconds() + 30 })],
    ['auth_time missing', () => ({ auth_time: undefined })],
  ])('are refused: %s', async (_description, payload) => isRefused(forged({}, payload())));

  it('are refused as a number that JSON cannot hold', async () => {
    const payload = JSON.stringify(claimsOf(user.tokens.accessToken)).replace(/"exp":\d+/, '"exp":1e999');
    await isRefused(forged({}, payload));
  });

  it('are taken up to 60 seconds to either side, and not a second more', async () => {
    const now = nowSeconds();
    await accepted(forged({}, { iat: now + 60, auth_time: now, exp: now + 600 }));
    await isRefused(forged({}, { iat: now + 61, auth_time: now, exp: now + 600 }));
    const old = { iat: now - 900, auth_time: now - 900 };
    await accepted(forged({}, { ...old, exp: now - 59 }));
    await isRefused(forged({}, { ...old, exp: now - 60 }), refusals.tokenExpired);
  });
});

describe('A11: payloads that are no claims (RFC 7519 section 7.2)', () => {
  const text = () => JSON.stringify(claimsOf(user.tokens.accessToken));

  it.each([
    ['an array', () => `[${text()}]`],
    ['a text', () => JSON.stringify(text())],
    ['null', () => 'null'],
    ['a number', () => '1'],
    ['an empty object', () => '{}'],
    ['nothing', () => ' '],
    ['two objects', () => `${text()}${text()}`],
    ['no JSON', () => text().replace('{', '{"a":undefined,')],
    ['a byte order mark', () => `\ufeff${text()}`],
    ['sub twice', () => text().replace('{', '{"sub":"01900000-0000-7000-8000-000000000000",')],
    ['sub twice, once in escapes', () => text().replace('{', '{"\\u0073ub":"01900000-0000-7000-8000-000000000000",')],
    ['a claim of another release twice', () => text().replace('{', '{"app":{},"app":{},')],
    ['a prototype that holds the claims', () => `{"__proto__":${text()}}`],
  ])('are refused: %s', async (_description, payload) => isRefused(forged({}, payload())));

  it.each([
    [{ sub: undefined }],
    [{ sub: null }],
    [{ sub: {} }],
    [{ sub: ['x'] }],
    [{ sub: 1 }],
    [{ sub: '' }],
    [{ sub: "' OR 1=1 --" }],
    [{ sid: undefined }],
    [{ sid: {} }],
    [{ sid: 'x' }],
    [{ jti: undefined }],
    [{ gen: undefined }],
    [{ gen: 0 }],
    [{ gen: '1' }],
    [{ gen: 1.5 }],
    [{ amr: 'pwd' }],
    [{ amr: [1] }],
    [{ roles: undefined }],
    [{ roles: 'ADMIN' }],
    [{ roles: { 0: 'ADMIN' } }],
    [{ scope: ['role:ADMIN'] }],
    [{ scope: 1 }],
    [{ scope: null }],
  ])('are refused with a claim of another form: %j', async (payload) => isRefused(forged({}, payload)));

  it.each([
    ['another claim', { permissions: ['*'] }],
    ['a claim that names an inherited property', { constructor: 1 }],
    ['no scope', { scope: undefined }],
    ['an nbf in the past', { nbf: 1 }],
  ])('are accepted from another release, with no more rights: %s', async (_description, payload) => {
    await accepted(forged({}, payload));
    const answer = await app.post('{"query":"{ users { edges { cursor } } }"}', bearer(forged({}, payload)));
    expect(refusalOf(answer)).toEqual(refusals.forbidden);
  });

  it('are accepted with a member called __proto__, which gives no role', async () => {
    const token = forged({}, text().replace('{', '{"__proto__":{"roles":["ADMIN"]},'));
    await accepted(token);
    const answer = await app.post('{"query":"{ users { edges { cursor } } }"}', bearer(token));
    expect(refusalOf(answer)).toEqual(refusals.forbidden);
  });

  it('are refused in bytes that are no UTF-8', async () => {
    const [header] = parts(user.tokens.accessToken);
    const bytes = Buffer.concat([
      Buffer.from(text().slice(0, -1)),
      Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ]);
    const input = `${header}.${encode(bytes)}`;
    const signature = createSign('sha256').update(input).sign({ key: key.signingKey, dsaEncoding: 'ieee-p1363' });
    await isRefused(`${input}.${encode(signature)}`);
  });
});

describe('A12: another spelling of a good token (Wycheproof)', () => {
  it.each([
    ['padding behind', (token: string) => `${token}=`],
    ['padding inside', (token: string) => token.replace('.', '=.')],
    ['the alphabet of plain base64', (token: string) => `${token.replaceAll('-', '+').replaceAll('_', '/')}+/`],
    ['a fourth part', (token: string) => `${token}.`],
    ['an empty first part', (token: string) => `.${token}`],
    ['percent encoding', (token: string) => token.replace('.', '%2E')],
    ['quotes', (token: string) => `"${token}"`],
    ['angle brackets', (token: string) => `<${token}>`],
  ])('is refused: %s', async (_description, respell) => isRefused(respell(user.tokens.accessToken)));

  it('is refused with other unused bits in the last character of the signature', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = user.tokens.accessToken;
    const bits = (candidate: string) => Buffer.from(parts(candidate)[2], 'base64url');
    const twins = Array.from(alphabet, (last) => token.slice(0, -1) + last).filter(
      (twin) => twin !== token && bits(twin).equals(bits(token)),
    );
    expect(twins.length).toBeGreaterThan(0);
    for (const twin of twins) await isRefused(twin);
  });

  it('is refused with white space or strange bytes inside', async () => {
    const [header, payload, signature] = parts(user.tokens.accessToken);
    for (const gap of ['\u00a0', '\u00ad', '\u007f', '\u00ff', '\t']) {
      const answer = await postRaw(
        app.url,
        `Authorization: Bearer ${header}${gap}.${payload}.${signature}`,
        '{ me { id } }',
      );
      expect([400, 401]).toContain(answer.status);
      expect(answer.data ?? null).toBeNull();
    }
  });
});

describe('A12: white space that HTTP does not know', () => {
  it.each([
    ['before the token', (token: string) => `Bearer\u00a0${token}`],
    ['behind it', (token: string) => `Bearer ${token}\u00a0`],
    ['around it', (token: string) => `Bearer \u00a0${token}\u00a0`],
  ])('is no white space to us either: %s', async (_description, header) => {
    const answer = await postRaw(app.url, `Authorization: ${header(user.tokens.accessToken)}`, '{ me { id } }');
    expect([400, 401]).toContain(answer.status);
  });
});

describe('A13: signatures of nothing (CVE-2022-21449)', () => {
  it('are refused: zeros, one zero half, DER, the group order, too short, too long', async () => {
    const [header, payload, signature] = parts(user.tokens.accessToken);
    const input = `${header}.${payload}`;
    const good = Buffer.from(signature, 'base64url');
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    const zero = Buffer.alloc(32);
    const der = createSign('sha256').update(input).sign(key.signingKey);
    const signatures = [
      Buffer.alloc(64),
      Buffer.concat([zero, good.subarray(32)]),
      Buffer.concat([good.subarray(0, 32), zero]),
      Buffer.concat([order, order]),
      Buffer.concat([order, good.subarray(32)]),
      Buffer.alloc(64, 0xff),
      der,
      good.subarray(0, 63),
      Buffer.concat([good, zero]),
      Buffer.concat([zero.subarray(31), good]),
      Buffer.from([0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00]),
    ];
    for (const wrong of signatures) await isRefused(`${input}.${encode(wrong)}`);
  });

  it('are refused when a stranger signed under the kid of our key', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await isRefused(forge(user.tokens.accessToken, { ...key, signingKey: stranger }, {}));
  });
});

describe('A14: headers that are too much (GHSA-xmf8-cvqr-rfgj)', () => {
  it.each([
    ['a bearer of 10 MB', `Authorization: Bearer ${'A'.repeat(10_000_000)}`, 431, 'BAD_REQUEST'],
    ['a bearer of 20 KB', `Authorization: Bearer ${'A'.repeat(20_000)}`, 431, 'BAD_REQUEST'],
    ['a bearer of 12 KB', `Authorization: Bearer ${'A'.repeat(12_000)}`, 401, 'UNAUTHENTICATED'],
    ['1,000 dots', `Authorization: Bearer ${'.'.repeat(1000)}`, 401, 'UNAUTHENTICATED'],
    ['12,000 spaces', `Authorization: Bearer ${' '.repeat(12_000)}x`, 401, 'UNAUTHENTICATED'],
    ['12,000 spaces and two words', `Authorization: Bearer x${' '.repeat(12_000)}x`, 400, 'BAD_AUTHORIZATION_HEADER'],
    ['12,000 commas', `Authorization: Basic ${','.repeat(12_000)}x`, 401, 'UNAUTHENTICATED'],
    ['Bearer alone', 'Authorization: Bearer', 401, 'UNAUTHENTICATED'],
    ['two headers', 'Authorization: Bearer a\nAuthorization: Bearer b', 400, 'BAD_AUTHORIZATION_HEADER'],
    ['1,000 headers', Array.from({ length: 1000 }, () => 'Authorization: Bearer a').join('\n'), 431, 'BAD_REQUEST'],
    ['a header that is none', 'Authorization Bearer a', 400, 'BAD_REQUEST'],
    ['a NUL in it', 'Authorization: Bearer a\0b', 400, 'BAD_REQUEST'],
  ])('are answered at once, as JSON: %s', async (_description, headers, status, code) => {
    const question = rawQuestion(app.url, headers, '{ me { id } }');
    const send = () => sendBytes(app.url, question);
    // The first one compiles what both run, client and server; the second is what an attacker can repeat.
    await send();
    const { result: answer, cpuMilliseconds } = await measureCpu(send);
    expect({ status: answer.status, code: answer.errors[0]?.extensions.code }).toEqual({ status, code });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(cpuMilliseconds).toBeLessThan(100);
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });
});

describe('A15: a token anywhere but in the header (RFC 9700 section 4.3.2)', () => {
  const preflighted = { 'apollo-require-preflight': 'true' };

  it('is not looked for in the query string', async () => {
    const document = encodeURIComponent('{ me { id } }');
    for (const name of ['access_token', 'token', 'authorization', 'Authorization', 'bearer']) {
      const value = encodeURIComponent(
        name.toLowerCase() === 'authorization' ? `Bearer ${user.tokens.accessToken}` : user.tokens.accessToken,
      );
      const posted = await sendRaw(
        app.url,
        `POST /graphql?${name}=${value} HTTP/1.1\nContent-Type: application/json`,
        JSON.stringify({ query: '{ me { id } }' }),
      );
      expect(refusalOf(posted)).toEqual(refusals.missing);
      const got = await fetch(`${app.url}/graphql?query=${document}&${name}=${value}`, { headers: preflighted });
      expect(got.status).toBe(401);
      expect(await got.json()).toMatchObject({ errors: [{ extensions: { reason: 'MISSING' } }] });
    }
  });

  it('is not looked for in the body', async () => {
    const { accessToken } = user.tokens;
    const bodies = [
      { query: '{ me { id } }', access_token: accessToken },
      { query: '{ me { id } }', authorization: `Bearer ${accessToken}` },
      { query: '{ me { id } }', headers: { authorization: `Bearer ${accessToken}` } },
      { query: '{ me { id } }', extensions: { authorization: `Bearer ${accessToken}`, access_token: accessToken } },
      { query: '{ me { id } }', variables: { access_token: accessToken } },
    ];
    for (const body of bodies) expect(refusalOf(await app.post(JSON.stringify(body)))).toEqual(refusals.missing);
  });

  it('is not looked for in a form, a cookie or another header', async () => {
    const { accessToken } = user.tokens;
    const form = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: '{ me { id } }', access_token: accessToken }).toString(),
    });
    expect(form.status).toBe(415);
    const headers = [
      { cookie: `access_token=${accessToken}; token=${accessToken}; __Host-gatehouse-refresh=${accessToken}` },
      { 'proxy-authorization': `Bearer ${accessToken}` },
      { 'x-authorization': `Bearer ${accessToken}` },
      { 'x-access-token': accessToken },
      { 'x-user-id': user.id, 'x-user-roles': 'ADMIN' },
    ];
    for (const sent of headers) expect(refusalOf(await app.send(MeDocument, {}, sent))).toEqual(refusals.missing);
  });
});

describe('A16: what is published (RFC 7517)', () => {
  const publishedBy = async (server: TestApp) => {
    const response = await fetch(`${server.url}/.well-known/jwks.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    expect(response.headers.get('cache-control')).toMatch(/public.*max-age=\d+/);
    const text = await response.text();
    return { text, keys: (JSON.parse(text) as { keys: Record<string, string>[] }).keys };
  };

  it('is the public half of an ES256 key, and nothing else', async () => {
    const { text, keys } = await publishedBy(app);
    expect(keys.map((jwk) => Object.keys(jwk).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
    expect(keys[0]).toMatchObject({ alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig', kid: key.kid });
    expect(text).not.toContain(String(key.signingKey.export({ format: 'jwk' }).d));
  });

  it('is the public half of an RS256 key, and nothing else', async () => {
    const rsa = await startApp({ SIGNING_ALGORITHM: 'RS256' });
    const { text, keys } = await publishedBy(rsa);
    const signing = await signingKeyOf(rsa);
    await rsa.close();
    expect(keys.map((jwk) => Object.keys(jwk).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']]);
    expect(keys[0]).toMatchObject({ alg: 'RS256', kty: 'RSA', use: 'sig', kid: signing.kid });
    const { d, p, q, dp, dq, qi } = signing.signingKey.export({ format: 'jwk' });
    for (const secret of [d, p, q, dp, dq, qi]) expect(text).not.toContain(String(secret));
  });

  it('is nothing under HS256', async () => {
    const hmac = await startApp({ SIGNING_ALGORITHM: 'HS256', JWT_SECRETS: `k1:${generateSecret()}` });
    const { text } = await publishedBy(hmac);
    await hmac.close();
    expect(text).toBe('{"keys":[]}');
  });
});

describe.each(['ES256', 'RS256', 'HS256'] as const)('a server that signs with %s', (algorithm) => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startApp({
      SIGNING_ALGORITHM: algorithm,
      ...(algorithm === 'HS256' ? { JWT_SECRETS: `k1:${generateSecret()}` } : {}),
    });
  });

  afterAll(async () => {
    await server.close();
  });

  it('takes its own tokens, with a header of exactly alg, typ and kid', async () => {
    const { id, tokens } = await server.newcomer();
    expect((await server.send(MeDocument, {}, bearer(tokens.accessToken))).data?.me?.id).toBe(id);
    const header: unknown = JSON.parse(Buffer.from(parts(tokens.accessToken)[0], 'base64url').toString());
    expect(header).toEqual({ alg: algorithm, typ: 'at+jwt', kid: (await signingKeyOf(server)).kid });
  });

  it('refuses the same claims signed with each other family, under its own kid or another', async () => {
    const { tokens } = await server.newcomer();
    const own = await signingKeyOf(server);
    const strangers: SigningKey[] = [await generateSigningKey('ES256'), await generateSigningKey('RS256')];
    const shared = createHmac('sha256', randomBytes(32)).digest();
    for (const stranger of strangers) {
      for (const kid of [own.kid, stranger.kid]) {
        const answer = await server.send(MeDocument, {}, bearer(forge(tokens.accessToken, { ...stranger, kid }, {})));
        expect(refusalOf(answer)).toEqual(refusals.tokenInvalid);
      }
    }
    const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: own.kid })}.${parts(tokens.accessToken)[1]}`;
    const hmac = `${input}.${encode(createHmac('sha256', shared).update(input).digest())}`;
    expect(refusalOf(await server.send(MeDocument, {}, bearer(hmac)))).toEqual(refusals.tokenInvalid);
  });
});

describe('A18: a weak, default or published secret (jwt_tool, wallarm/jwt-secrets)', () => {
  const asBase64url = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['a word', 'monkey'],
    ['the sample of jwt.io', asBase64url('your-256-bit-secret')],
    ['the longer sample of jwt.io', asBase64url('a-string-secret-at-least-256-bits-long')],
    ['a phrase', asBase64url('this is my very long secret key, do not tell')],
    ['the placeholder of a tutorial', asBase64url('replace_this_with_a_long_random_value!!')],
    ['a password, repeated', asBase64url('password'.repeat(8))],
    ['zeros', Buffer.alloc(32).toString('base64url')],
    ['one byte, repeated', Buffer.alloc(64, 0xa5).toString('base64url')],
    ['a counter', Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64url')],
    ['the key of RFC 7515', 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'],
    ['31 random bytes', randomBytes(31).toString('base64url')],
    ['nothing', ''],
  ])('keeps the server from starting, unnamed: %s', (_description, secret) => {
    const env = { NODE_ENV: 'test', DATA_DIR: app.config.dataDir };
    for (const variable of ['JWT_SECRETS', 'ENCRYPTION_KEYS']) {
      const attempt = () => loadConfig({ ...env, SIGNING_ALGORITHM: 'HS256', [variable]: `k1:${secret}` });
      expect(attempt).toThrow(ConfigError);
      expect(attempt).toThrow(`${variable}: `);
      if (secret !== '') expect(attempt).not.toThrow(secret);
    }
  });
});
