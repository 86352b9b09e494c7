import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openSigningKeys } from '../../../src/auth/keys/signing-keys.js';
import { loadConfig, type Config } from '../../../src/config/config.js';
import { signAccessToken } from '../../../src/security/tokens/access-token.js';
import { exportPrivateKey, generateSigningKey } from '../../../src/security/tokens/key-ring.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import type { Store } from '../../../src/store/store.js';
import { bearer, startApp } from '../../support/app.js';
import { createTestClock } from '../../support/clock.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { MeDocument } from '../../support/generated/operations.js';

const clock = createTestClock();
clock.stop();
let dataDir: string;
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'));
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(async () => {
  await database.query('DELETE FROM auth_signing_key');
});

afterAll(async () => {
  await store.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const box = createSecretBox([{ id: 'first', key: randomBytes(32) }]);

const configured = (env: NodeJS.ProcessEnv = {}): Config => loadConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, ...env });

const open = (env: NodeJS.ProcessEnv = {}, secretBox = box) =>
  openSigningKeys(store, secretBox, configured(env), clock.now);

const rows = () => database.query('SELECT id, purpose, algorithm FROM auth_signing_key ORDER BY purpose, algorithm');

describe('the keys of an empty database', () => {
  it('are made once: a P-256 pair named by its thumbprint, and a refresh key', async () => {
    const first = await open();
    const second = await open();
    const { accessTokens, refreshTokens } = first.current();
    expect(second.current().accessTokens.jwks()).toEqual(accessTokens.jwks());
    expect(second.current().refreshTokens.map(({ id }) => id)).toEqual(refreshTokens.map(({ id }) => id));
    expect(await rows()).toEqual([
      { id: accessTokens.current.kid, purpose: 'ACCESS_TOKEN', algorithm: 'ES256' },
      { id: refreshTokens[0].id, purpose: 'REFRESH_TOKEN', algorithm: 'HS256' },
    ]);
  });

  it('are an RSA pair under RS256, and the earlier ES256 key still verifies', async () => {
    const before = (await open()).current().accessTokens;
    const { accessTokens } = (await open({ SIGNING_ALGORITHM: 'RS256' })).current();
    expect(accessTokens.current.algorithm).toBe('RS256');
    expect(accessTokens.find(before.current.kid)?.algorithm).toBe('ES256');
    expect(accessTokens.jwks().keys.map(({ alg }) => alg)).toEqual(['RS256', 'ES256']);
    expect((await open()).current().accessTokens.current.kid).toBe(before.current.kid);
  });

  it('are only a refresh key under HS256, whose secrets come from the configuration and are never published', async () => {
    const env = {
      SIGNING_ALGORITHM: 'HS256',
      JWT_SECRETS: `b:${randomBytes(32).toString('base64url')},a:${randomBytes(32).toString('base64url')}`,
    };
    const { accessTokens } = (await open(env)).current();
    expect(accessTokens.current.kid).toBe('b');
    expect(accessTokens.find('a')?.algorithm).toBe('HS256');
    expect(accessTokens.jwks()).toEqual({ keys: [] });
    expect(await rows()).toMatchObject([{ purpose: 'REFRESH_TOKEN' }]);
  });

  it('never mix: under HS256 a stored key pair verifies nothing', async () => {
    const { kid } = (await open()).current().accessTokens.current;
    const { accessTokens } = (
      await open({ SIGNING_ALGORITHM: 'HS256', JWT_SECRETS: `a:${randomBytes(32).toString('base64url')}` })
    ).current();
    expect(accessTokens.find(kid)).toBeUndefined();
  });
});

describe('a stored key', () => {
  it('opens under no other ENCRYPTION_KEYS, and the error names the key that is missing', async () => {
    await open();
    await expect(open({}, createSecretBox([{ id: 'second', key: randomBytes(32) }]))).rejects.toThrow(
      'Encryption key first is not in ENCRYPTION_KEYS.',
    );
    await expect(open({}, createSecretBox([{ id: 'first', key: randomBytes(32) }]))).rejects.toThrow(
      'sealed under encryption key first was altered or moved, or ENCRYPTION_KEYS has another key under that id.',
    );
  });

  it('opens under an older key that is kept behind the new one', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = await open({}, createSecretBox([{ id: 'older', key: older }]));
    const after = await open(
      {},
      createSecretBox([
        { id: 'newer', key: newer },
        { id: 'older', key: older },
      ]),
    );
    expect(after.current().accessTokens.jwks()).toEqual(before.current().accessTokens.jwks());
  });

  it('does not open when it was moved to another purpose', async () => {
    await open();
    await database.query(`UPDATE auth_signing_key SET purpose = 'ACCESS_TOKEN' WHERE purpose = 'REFRESH_TOKEN'`);
    await expect(open()).rejects.toThrow('was altered or moved');
    await database.query('DELETE FROM auth_signing_key');
    await open();
    await database.query(`UPDATE auth_signing_key SET purpose = 'REFRESH_TOKEN' WHERE purpose = 'ACCESS_TOKEN'`);
    await expect(open()).rejects.toThrow('was altered or moved');
  });

  it('does not open under the id of another', async () => {
    await open();
    await open({ SIGNING_ALGORITHM: 'RS256' });
    await database.query(
      `UPDATE auth_signing_key SET sealed = (SELECT sealed FROM auth_signing_key WHERE algorithm = 'RS256') WHERE algorithm = 'ES256'`,
    );
    await expect(open()).rejects.toThrow('was altered or moved');
  });

  it('is refused when its id is not its thumbprint, even if it was sealed correctly', async () => {
    const sealed = box.seal(exportPrivateKey(await generateSigningKey('ES256')), [
      'signing-key',
      'ACCESS_TOKEN',
      'mine',
    ]);
    await store.signingKeys.add({ id: 'mine', purpose: 'ACCESS_TOKEN', algorithm: 'ES256', sealed });
    await expect(open()).rejects.toThrow('signing key mine does not match its id');
  });
});

describe('reload', () => {
  it('reads the keys again, at most every five seconds, however many ask', async () => {
    const keys = await open();
    const other = await open({ SIGNING_ALGORITHM: 'RS256' });
    const { kid } = other.current().accessTokens.current;
    expect(await keys.reload()).toBe(false);
    clock.advance(4.999);
    expect(await keys.reload()).toBe(false);
    expect(keys.current().accessTokens.find(kid)).toBeUndefined();

    clock.advance(0.001);
    expect(await Promise.all([1, 2, 3].map(() => keys.reload()))).toEqual([true, true, true]);
    expect(keys.current().accessTokens.find(kid)?.algorithm).toBe('RS256');
    expect(await keys.reload()).toBe(false);
  });

  it('keeps its keys when none are stored any longer', async () => {
    const keys = await open();
    const { kid } = keys.current().accessTokens.current;
    await database.query('DELETE FROM auth_signing_key');
    clock.advance(5);
    await expect(keys.reload()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(keys.current().accessTokens.current.kid).toBe(kid);
  });
});

describe('a token of an unknown key', () => {
  const stranger = async (claims: string) => {
    const key = await generateSigningKey('ES256');
    return signAccessToken(
      JSON.parse(Buffer.from(claims, 'base64url').toString()) as Parameters<typeof signAccessToken>[0],
      key,
    );
  };

  it('is accepted once another instance has made its key and five seconds have passed', async () => {
    const app = await startApp();
    const { tokens } = await app.newcomer();
    const key = await generateSigningKey('ES256');
    const claims = JSON.parse(
      Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString(),
    ) as Parameters<typeof signAccessToken>[0];
    const token = signAccessToken(claims, key);
    const sealed = createSecretBox(app.config.encryptionKeys).seal(exportPrivateKey(key), [
      'signing-key',
      'ACCESS_TOKEN',
      key.kid,
    ]);
    await app.gatehouse.store.signingKeys.add({ id: key.kid, purpose: 'ACCESS_TOKEN', algorithm: 'ES256', sealed });

    const early = await app.send(MeDocument, {}, bearer(token));
    app.clock.advance(5);
    const late = await app.send(MeDocument, {}, bearer(token));
    await app.close();
    expect(early.errors[0]?.extensions.reason).toBe('TOKEN_INVALID');
    expect(late.status).toBe(200);
  });

  it('throws SERVICE_UNAVAILABLE, not an internal error, when the keys cannot be read', async () => {
    const app = await startApp();
    const { tokens } = await app.newcomer();
    const token = await stranger(tokens.accessToken.split('.')[1] ?? '');
    const sealed = box.seal(randomBytes(32), ['signing-key', 'ACCESS_TOKEN', 'sealed elsewhere']);
    await app.gatehouse.store.signingKeys.add({
      id: 'sealed elsewhere',
      purpose: 'ACCESS_TOKEN',
      algorithm: 'ES256',
      sealed,
    });
    app.clock.advance(5);
    const { status, errors } = await app.send(MeDocument, {}, bearer(token));
    await app.close();
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  });
});
