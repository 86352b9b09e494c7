import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { createLog } from '../../src/server/log.js';
import { generateOneTimeToken, generateReceipt } from '../../src/security/tokens/one-time-token.js';
import { signRefreshToken } from '../../src/security/tokens/refresh-token.js';
import { uuidv7 } from '../../src/values/uuid.js';
import { startApp } from '../support/app.js';
import { assertNoSecret, containsSecret, containsToken, keepSecret, PASSWORD, tapLog } from '../support/canary.js';
import { testRefreshTokenKey } from '../support/test-keys.js';

const refreshToken = () => signRefreshToken(testRefreshTokenKey, { sessionId: uuidv7(new Date()), generation: 7 });

const accessToken = [
  Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url'),
  Buffer.from('{"sub":"someone","exp":4711}').toString('base64url'),
  Buffer.alloc(64, 'signature').toString('base64url'),
].join('.');

describe('F7: the canary of the test suite', () => {
  it.each([
    ['an access token', () => accessToken],
    ['a refresh token', refreshToken],
    ['a one-time or device token', () => generateOneTimeToken(uuidv7(new Date())).token],
  ])('recognizes %s by its form', (_kind, token) => {
    expect(containsToken(`{"msg":"a link: http://localhost/verify-email?token=${token()}&x=1"}`)).toBe(true);
    expect(containsToken(`{"reqId":"${uuidv7(new Date())}","documentHash":"${'0f'.repeat(32)}"}`)).toBe(false);
  });

  it.each<[string, (secret: string) => string]>([
    ['as it is', (secret) => secret],
    ['in JSON in JSON', (secret) => JSON.stringify(JSON.stringify({ secret }))],
    ['in a URL', (secret) => `/?x=${encodeURIComponent(secret)}`],
    ['in a form', (secret) => new URLSearchParams({ secret }).toString()],
    ['in base64', (secret) => Buffer.from(`x: ${secret}, y`).toString('base64')],
    ['in base64url', (secret) => Buffer.from(`{"x":"${secret}"}`).toString('base64url')],
    ['in hexadecimal digits', (secret) => Buffer.from(secret).toString('hex')],
    ['truncated', (secret) => secret.slice(0, 15)],
  ])('recognizes a secret that it knows: %s', (_encoding, encode) => {
    const { receipt } = generateReceipt();
    expect(containsSecret(encode(receipt))).toBe(false);
    keepSecret(receipt);
    expect(containsSecret(encode(receipt))).toBe(true);
    expect(containsSecret(encode(PASSWORD))).toBe(true);
  });

  it('reads the lines of every log, and fails the suite', () => {
    const lines: string[] = [];
    const log = createLog({ logLevel: 'info' }, { write: () => undefined });
    tapLog(log, lines);
    log.info({ path: '/graphql' }, 'harmless');
    expect(() => assertNoSecret('the log', lines)).not.toThrow();
    log.child({ reqId: 'a child' }).info({ path: `/${refreshToken()}` }, 'on purpose');
    expect(() => assertNoSecret('the log', lines)).toThrow('a secret is in the log:\n{"level":30');
  });
});

describe('F7: a server that writes a secret', () => {
  it('fails its suite when it is closed', async () => {
    const app = await startApp();
    const { tokens } = await app.newcomer();
    const digest = Buffer.from(tokens.deviceToken ?? '').toString('base64');
    app.gatehouse.server.log.info({ path: `/${digest}` }, 'on purpose');
    await expect(app.close()).rejects.toThrow('a secret is in the log');
  });
});

describe('F7: the files of the repository', () => {
  const skipped = /^(?:\.git|\.data|\.node|node_modules|dist|coverage|package-lock\.json)$|\.bin$/;
  const filesIn = (folder: string): string[] =>
    readdirSync(folder)
      .filter((name) => !skipped.test(name))
      .map((name) => join(folder, name))
      .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]));

  it('contain nothing of the form of a token', () => {
    const files = filesIn('.').filter((file) => !file.startsWith(join('src', 'store', 'generated')));
    expect(files.length).toBeGreaterThan(500);
    expect(files.filter((file) => containsToken(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
