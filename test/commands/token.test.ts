import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { signAccessToken, type AccessTokenClaims } from '../../src/security/tokens/access-token.js';
import { createKeyRing, generateSigningKey, hmacSigningKey } from '../../src/security/tokens/key-ring.js';
import { openCommands, type Commands } from '../support/commands.js';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: false });
});

afterAll(() => commands.close());

describe('token inspect', () => {
  const ISSUER = 'http://localhost:4000';
  const claimsAt = (now: number): AccessTokenClaims => ({
    iss: ISSUER,
    aud: ISSUER,
    sub: '01900000-0000-7000-8000-000000000001',
    client_id: 'gatehouse',
    exp: now + 1800,
    iat: now,
    jti: '01900000-0000-7000-8000-000000000002',
    sid: '01900000-0000-7000-8000-000000000003',
    gen: 1,
    auth_time: now,
    amr: ['pwd'],
    roles: ['USER'],
    scope: 'role:USER',
  });
  let claims: AccessTokenClaims;
  let jwks: string;
  let valid: string;
  let expired: string;
  let kid: string;

  beforeAll(async () => {
    const key = await generateSigningKey('ES256');
    const now = Math.floor(Date.now() / 1000);
    claims = claimsAt(now);
    jwks = join(commands.dataDir, 'jwks.json');
    await writeFile(jwks, JSON.stringify(createKeyRing([key]).jwks()));
    kid = key.kid;
    valid = signAccessToken(claims, key);
    expired = signAccessToken(claimsAt(now - 5400), key);
  });

  const inspect = (token: string, stdin = '') => commands.run(['token', 'inspect', token, '--jwks', jwks], stdin);
  const signatureOf = (token: string) => token.split('.')[2] ?? '';

  it('accepts a valid token and shows its key, its claims and its times in words, but not its signature', async () => {
    const { code, stdout, stderr } = await inspect(valid);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`"${kid}"`);
    expect(stdout).toContain(claims.sub);
    expect(stdout).toMatch(/^ {2}scope +"role:USER"$/m);
    expect(stdout).toMatch(/exp +\d+ {2}\d{4}-\d\d-\d\dT[\d:.]+Z \(in (?:30|29) minutes\)/);
    expect(stdout).not.toMatch(/FAIL|not checked/);
    expect(stdout).not.toContain(signatureOf(valid));
  });

  it('reads the token from standard input when told -', async () => {
    const fromStdin = await inspect('-', `${valid}\n`);
    expect(fromStdin.code).toBe(0);
    expect(fromStdin.stdout).toContain(claims.sub);
  });

  it('fails an expired token at its expiry alone', async () => {
    const { code, stdout } = await inspect(expired);
    expect(code).toBe(1);
    expect(stdout.match(/^ *(\w+) +FAIL/gm)?.map((line) => line.trim().split(/ +/)[0])).toEqual(['exp']);
    expect(stdout).toMatch(/exp .*\(6[01] minutes ago\)/);
  });

  it('fails an edited token at its signature, and prints that nowhere', async () => {
    const [header = '', , signature = ''] = valid.split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims, roles: ['ADMIN', 'USER'] })).toString('base64url');
    const { code, stdout } = await inspect(`${header}.${payload}.${signature}`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/signature +FAIL/);
    expect(stdout).not.toContain(signature);
  });

  it('reports a text that is not a token, briefly', async () => {
    for (const text of ['null', '.', 'a.b.c']) {
      const { code, stdout, stderr } = await inspect(text);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toContain('FAIL');
    }
  });

  it('reports that the signature is not checked without keys, and fails', async () => {
    const { code, stdout, stderr } = await commands.run(['token', 'inspect', valid, '--jwks', '/none']);
    expect(code).toBe(1);
    expect(stderr).toContain('Cannot read public keys from /none');
    expect(stdout).toMatch(/not checked/);
  });

  it('checks HS256 with JWT_SECRETS, and prints no secret', async () => {
    const { stdout: secret } = await commands.run(['secret', 'generate']);
    const env = { SIGNING_ALGORITHM: 'HS256', JWT_SECRETS: `mine:${secret.trim()}` };
    const token = signAccessToken(claims, hmacSigningKey('mine', Buffer.from(secret.trim(), 'base64url')));
    const { code, stdout } = await commands.run(['token', 'inspect', token], '', env);
    expect(code).toBe(0);
    expect(stdout).not.toContain(secret.trim());
    expect(stdout).not.toContain(signatureOf(token));
  });
});
