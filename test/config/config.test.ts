import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadConfig, type Config } from '../../src/config/config.js';
import { variables } from '../../src/config/variables.js';
import { configError, refusedVariables, testEnvironments } from '../support/configuration.js';

const { dataDir, development, production } = testEnvironments();

describe('the configuration', () => {
  it('needs nothing but a folder', () => {
    expect(loadConfig(development())).toMatchObject<Partial<Config>>({
      nodeEnv: 'development',
      host: '127.0.0.1',
      metricsHost: '127.0.0.1',
      port: 4000,
      publicUrl: 'http://localhost:4000',
      appUrl: undefined,
      databaseUrl: undefined,
      signingAlgorithm: 'ES256',
      jwtSecrets: [],
      tokenIssuer: 'http://localhost:4000',
      tokenAudience: 'http://localhost:4000',
      accessTokenTtlSeconds: 1800,
      sessionIdleTtlSeconds: 30 * 86_400,
      sessionAbsoluteTtlSeconds: 90 * 86_400,
      refreshGraceSeconds: 10,
      passwordMinLength: 15,
      argon2MemoryKib: 19_456,
      argon2Passes: 2,
      argon2Lanes: 1,
      signUp: 'open',
      requireVerifiedEmail: true,
      mailUrl: 'file:',
      mailFrom: { name: '', address: 'no-reply@localhost' },
      corsOrigins: [],
      trustProxy: false,
      introspection: true,
    });
  });

  it('has a field for each variable', () => {
    const camelCase = (name: string) =>
      name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(loadConfig(development())).sort()).toEqual(
      [...Object.keys(variables).map(camelCase), 'application', 'notices'].sort(),
    );
  });

  it('cannot be changed afterwards', () => {
    const config = loadConfig(development());
    expect([config, config.encryptionKeys, config.encryptionKeys[0], config.corsOrigins].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it('starts with what it requires', () => {
    expect(loadConfig(production())).toMatchObject({ nodeEnv: 'production', notices: [] });
  });
});

describe('the notices of a configuration', () => {
  it('warn that sign-up reveals who has an account when addresses need no verification', () => {
    const { notices } = loadConfig({ ...production(), REQUIRE_VERIFIED_EMAIL: 'false' });
    expect(notices).toEqual([expect.stringContaining('REQUIRE_VERIFIED_EMAIL')]);
  });

  it('warn that emails can be read on the way to a server without TLS', () => {
    const noticesWith = (text: string) => loadConfig({ ...production(), MAIL_URL: text }).notices;
    expect(noticesWith('smtp://relay.example.com?tls=off')).toEqual([expect.stringContaining('MAIL_URL')]);
    expect(noticesWith('smtp://localhost')).toEqual([]);
  });

  it('warn of each database on another machine whose connections need not be encrypted', () => {
    const url = 'postgresql://ada:canary@db.example.com/d';
    const noticesWith = (env: NodeJS.ProcessEnv) => loadConfig({ ...production(), ...env }).notices;
    for (const name of ['DATABASE_URL', 'DATABASE_DIRECT_URL']) {
      const exposed = noticesWith({ [name]: url });
      expect(exposed).toEqual([expect.stringMatching(`^${name} leads to another machine and does not require TLS: `)]);
      expect(exposed.join()).not.toContain('canary');
      expect(noticesWith({ [name]: `${url}?sslmode=prefer` })).toHaveLength(1);
      expect(noticesWith({ [name]: `${url}?sslmode=require` })).toEqual([]);
      expect(noticesWith({ [name]: 'postgresql://ada@127.0.0.1/d' })).toEqual([]);
    }
  });

  it('warn of a Redis server on another machine whose connections are not encrypted', () => {
    const noticesWith = (url: string) => loadConfig({ ...production(), REDIS_URL: url }).notices;
    const exposed = noticesWith('redis://:canary@redis.example.com');
    expect(exposed).toEqual([expect.stringMatching(/^REDIS_URL leads to another machine without TLS: /)]);
    expect(exposed.join()).not.toContain('canary');
    expect(noticesWith('rediss://:canary@redis.example.com')).toEqual([]);
    expect(noticesWith('redis://localhost')).toEqual([]);
  });

  it('name the file of a generated key, never the key', () => {
    const { notices } = loadConfig(development());
    const file = join(dataDir(), 'encryption-keys');
    expect(notices.join()).toContain(file);
    expect(notices.join()).not.toContain(readFileSync(file, 'utf8').trim().split(':')[1]);
  });
});

describe('a refused configuration', () => {
  it('reports everything at once, the folder too', () => {
    writeFileSync(dataDir(), '');
    expect(refusedVariables({ ...development(), PORT: 'x', SIGN_UP: 'maybe', JWT_SECRETS: 'k:short' })).toEqual([
      'PORT',
      'JWT_SECRETS',
      'SIGN_UP',
      'DATA_DIR',
    ]);
  });

  it('never prints a value', () => {
    const canary = 'canary-7f3a';
    const env = Object.fromEntries(Object.keys(variables).map((name) => [name, `${canary} ${name}\0`]));
    const { message, problems } = configError(env);
    expect(problems.length).toBeGreaterThan(25);
    expect(message).not.toContain('canary');
  });

  it('generates nothing', () => {
    expect(refusedVariables({ ...development(), PORT: 'x' })).toEqual(['PORT']);
    expect(existsSync(join(dataDir(), 'encryption-keys'))).toBe(false);
  });
});
