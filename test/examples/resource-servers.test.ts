import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';

import { createTokenVerifier, type Caller } from '../../examples/resource-server/verify-token.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { LogoutDocument } from '../support/generated/operations.js';

const ISSUER = 'https://id.example.com';
const AUDIENCE = 'https://api.example.com';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ PUBLIC_URL: ISSUER, TOKEN_AUDIENCE: AUDIENCE });
});

afterAll(() => app.close());

/** A Python that has PyJWT with its keys. Debian's package belongs to the Python in /usr/bin. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import jwt, cryptography; jwt.PyJWKClient']).status === 0,
);

interface Options {
  readonly issuer?: string;
  readonly audience?: string;
  readonly jwksUrl?: string;
}

/** Returns the user and the roles of a token, or undefined if it is not valid. */
type Verify = (token: string, options?: Options) => Promise<Pick<Caller, 'userId' | 'roles' | 'app'> | undefined>;

const complete = ({ issuer = ISSUER, audience = AUDIENCE, jwksUrl = `${app.url}/.well-known/jwks.json` }: Options) => ({
  issuer,
  audience,
  jwksUrl,
});

const inNode: Verify = async (token, options = {}) => {
  const caller = await createTokenVerifier(complete(options))(token);
  return caller && { userId: caller.userId, roles: caller.roles, app: caller.app };
};

const inPython: Verify = async (token, options = {}) => {
  const { issuer, audience, jwksUrl } = complete(options);
  const program = 'examples/resource-server/verify_token.py';
  const child = spawn(python ?? '', [program, issuer, audience, jwksUrl], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(token);
  const [output, problem, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  if (code !== 0) {
    expect(problem).toMatch(/^\w+: the token is not valid\.\n$/);
    return undefined;
  }
  const { sub, roles, app = {} } = JSON.parse(output) as { sub: string; roles: string[]; app?: Caller['app'] };
  return { userId: sub, roles, app };
};

/** An identity server that signs whatever a test asks for. */
const openForge = async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [key] })));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'u', sid: 's', roles: ['USER'], iat: now, exp: now + 600 };
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    key,
    claims,
    sign: (payload: JWTPayload = claims, typ = 'at+jwt', kid = 'k') =>
      new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(privateKey),
    close: () => server.close(),
  };
};

const verifiers: [string, Verify][] = [['Node with jose', inNode]];
if (python === undefined) {
  it('in Python is skipped: it needs PyJWT, such as the package python3-jwt of Debian', () => {
    console.warn('The verification in Python is skipped.');
  });
} else verifiers.push(['Python with PyJWT', inPython]);

describe.each(verifiers)('a resource server in %s', (_name, verify) => {
  let forge: Awaited<ReturnType<typeof openForge>>;

  beforeAll(async () => {
    forge = await openForge();
  });

  afterAll(() => forge.close());

  it('accepts an access token of the server, and reads its user and roles', async () => {
    const { id, tokens } = await app.newcomer('ADMIN');
    const caller = await verify(tokens.accessToken);
    expect(caller).toMatchObject({ userId: id, roles: expect.arrayContaining(['ADMIN', 'USER']) as unknown });
  });

  it('reads what the application adds to its tokens, and nothing if it adds nothing', async () => {
    const { jwksUrl, claims, sign } = forge;
    expect((await verify(await sign({ ...claims, app: { tenant: 'acme' } }), { jwksUrl }))?.app).toEqual({
      tenant: 'acme',
    });
    expect((await verify(await sign(), { jwksUrl }))?.app).toEqual({});
  });

  it('rejects a token for another audience or of another issuer', async () => {
    const { accessToken } = (await app.newcomer()).tokens;
    await expect(verify(accessToken, { audience: 'https://other.example.com' })).resolves.toBeUndefined();
    await expect(verify(accessToken, { issuer: 'https://other.example.com' })).resolves.toBeUndefined();
  });

  it('rejects a token that has expired', async () => {
    app.clock.advance(-7200);
    const { accessToken } = (await app.newcomer()).tokens;
    app.clock.advance(7200);
    await expect(verify(accessToken)).resolves.toBeUndefined();
  });

  it('accepts a token whose session has ended until it expires, which the documentation states', async () => {
    const { id, tokens } = await app.newcomer();
    await app.send(LogoutDocument, {}, bearer(tokens.accessToken));
    expect((await verify(tokens.accessToken))?.userId).toBe(id);
  });

  it('rejects a refresh token, a token that was changed, and text that is not a token', async () => {
    const { accessToken, refreshToken } = (await app.newcomer()).tokens;
    const [header = '', payload = '', signature = ''] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, roles: ['ADMIN'] })).toString('base64url');
    for (const token of [refreshToken ?? '', `${header}.${changed}.${signature}`, 'null', ''])
      await expect(verify(token)).resolves.toBeUndefined();
  });

  it('rejects a signature of another key, whether its id is known or not', async () => {
    const kid = (app.gatehouse.auth.jwks().keys[0] as { kid: string }).kid;
    for (const known of [kid, 'unknown'])
      await expect(verify(await forge.sign(forge.claims, 'at+jwt', known))).resolves.toBeUndefined();
  });

  it('accepts a complete token, and rejects one of another type or without a claim that it needs', async () => {
    const { jwksUrl, claims, sign } = forge;
    expect(await verify(await sign(), { jwksUrl })).toEqual({ userId: 'u', roles: ['USER'], app: {} });
    for (const typ of ['JWT', 'refresh+jwt'])
      await expect(verify(await sign(claims, typ), { jwksUrl })).resolves.toBeUndefined();
    for (const name of Object.keys(claims)) {
      const token = await sign({ ...claims, [name]: undefined });
      await expect(verify(token, { jwksUrl })).resolves.toBeUndefined();
    }
  });

  it('rejects another algorithm: none, and HS256 with the public key as its secret', async () => {
    const { jwksUrl, key, claims } = forge;
    const secret = Buffer.from(JSON.stringify(key));
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k' })
      .sign(secret);
    for (const token of [new UnsecuredJWT(claims).encode(), confused])
      await expect(verify(token, { jwksUrl })).resolves.toBeUndefined();
  });
});

it('a resource server in Node tells a token that is not valid from keys that cannot be fetched', async () => {
  const { accessToken } = (await app.newcomer()).tokens;
  expect(await inNode('null', { jwksUrl: 'http://127.0.0.1:1/' })).toBeUndefined();
  for (const jwksUrl of ['http://127.0.0.1:1/', `${app.url}/nowhere`, `${app.url}/healthz`])
    await expect(inNode(accessToken, { jwksUrl })).rejects.toThrow();
});
