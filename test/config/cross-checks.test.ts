import { existsSync } from 'node:fs';

import { loadConfig } from '../../src/config/config.js';
import { refusedVariables, testEnvironments } from '../support/configuration.js';

const { dataDir, development, production } = testEnvironments();

describe('without NODE_ENV, the configuration', () => {
  it('refuses a DATABASE_URL', () => {
    const env = { ...development(), DATABASE_URL: 'postgresql://127.0.0.1/test' };
    expect(refusedVariables(env)).toEqual(['DATABASE_URL']);
    expect(loadConfig({ ...env, NODE_ENV: 'test' }).databaseUrl).toBe('postgresql://127.0.0.1/test');
    expect(loadConfig({ ...env, NODE_ENV: 'development' }).databaseUrl).toBe('postgresql://127.0.0.1/test');
  });

  it('refuses to listen beyond this machine', () => {
    const env = { ...development(), HOST: '0.0.0.0' };
    expect(refusedVariables(env)).toEqual(['HOST']);
    expect(refusedVariables({ ...env, HOST: '::' })).toEqual(['HOST']);
    expect(refusedVariables({ ...env, HOST: '127.example.com' })).toEqual(['HOST']);
    expect(refusedVariables({ ...development(), METRICS_HOST: '10.0.0.5' })).toEqual(['METRICS_HOST']);
    expect(loadConfig({ ...env, NODE_ENV: 'development' }).host).toBe('0.0.0.0');
  });

  it('may listen on any address of this machine', () => {
    expect(loadConfig({ ...development(), HOST: 'localhost' }).host).toBe('localhost');
    expect(loadConfig({ ...development(), HOST: '::1' }).host).toBe('::1');
    expect(loadConfig({ ...development(), HOST: '127.0.0.2' }).host).toBe('127.0.0.2');
  });
});

describe('production', () => {
  it('requires PUBLIC_URL, DATABASE_URL, ENCRYPTION_KEYS and MAIL_URL', () => {
    expect(refusedVariables({ NODE_ENV: 'production', DATA_DIR: dataDir() })).toEqual([
      'PUBLIC_URL',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'MAIL_URL',
    ]);
    expect(existsSync(dataDir())).toBe(false);
  });

  it('requires JWT_SECRETS with HS256', () => {
    expect(refusedVariables({ ...production(), SIGNING_ALGORITHM: 'HS256' })).toEqual(['JWT_SECRETS']);
  });

  it('takes MAIL_URL=off only when sign-up is closed', () => {
    expect(refusedVariables({ ...production(), MAIL_URL: 'off' })).toEqual(['MAIL_URL']);
    expect(loadConfig({ ...production(), MAIL_URL: 'off', SIGN_UP: 'closed' }).mailUrl).toBe('off');
  });

  it('wants https for what others reach', () => {
    const env = { ...production(), PUBLIC_URL: 'http://id.example.com', APP_URL: 'http://app.example.com' };
    expect(refusedVariables(env)).toEqual(['PUBLIC_URL', 'APP_URL']);
    expect(loadConfig({ ...production(), PUBLIC_URL: 'http://localhost:4000' }).publicUrl).toBe(
      'http://localhost:4000',
    );
  });
});

describe('hashing', () => {
  it("reaches one of OWASP's minimum sets", () => {
    expect(refusedVariables({ ...development(), ARGON2_MEMORY_KIB: '7168' })).toEqual(['ARGON2_MEMORY_KIB']);
    expect(refusedVariables({ ...production(), ARGON2_PASSES: '1' })).toEqual(['ARGON2_MEMORY_KIB']);
    expect(loadConfig({ ...production(), ARGON2_MEMORY_KIB: '7168', ARGON2_PASSES: '5' }).argon2Passes).toBe(5);
  });

  it('may be cheap in tests, within RFC 9106', () => {
    const env = { ...development(), NODE_ENV: 'test', ARGON2_MEMORY_KIB: '64', ARGON2_PASSES: '1' };
    expect(loadConfig(env).argon2MemoryKib).toBe(64);
    expect(refusedVariables({ ...env, ARGON2_LANES: '9' })).toEqual(['ARGON2_MEMORY_KIB']);
  });
});

describe('lifetimes', () => {
  it('do not contradict each other: none that is set exceeds one that ends it', () => {
    const refused = (env: NodeJS.ProcessEnv) => refusedVariables({ ...development(), ...env });
    expect(refused({ SESSION_IDLE_TTL_SECONDS: '601', SESSION_ABSOLUTE_TTL_SECONDS: '600' })).toEqual([
      'SESSION_IDLE_TTL_SECONDS',
    ]);
    expect(refused({ SESSION_IDLE_TTL_SECONDS: '7776001' })).toEqual(['SESSION_IDLE_TTL_SECONDS']);
    expect(refused({ ACCESS_TOKEN_TTL_SECONDS: '601', SESSION_ABSOLUTE_TTL_SECONDS: '600' })).toEqual([
      'ACCESS_TOKEN_TTL_SECONDS',
    ]);
    expect(refused({ ACCESS_TOKEN_TTL_SECONDS: '601', SESSION_IDLE_TTL_SECONDS: '600' })).toEqual([
      'ACCESS_TOKEN_TTL_SECONDS',
    ]);
    expect(refused({ REFRESH_GRACE_SECONDS: '31', SESSION_IDLE_TTL_SECONDS: '30' })).toEqual(['REFRESH_GRACE_SECONDS']);
  });

  it('may be equal, and shorten the defaults of the others', () => {
    const same = { ACCESS_TOKEN_TTL_SECONDS: '60', SESSION_IDLE_TTL_SECONDS: '60', SESSION_ABSOLUTE_TTL_SECONDS: '60' };
    expect(loadConfig({ ...development(), ...same, REFRESH_GRACE_SECONDS: '60' }).accessTokenTtlSeconds).toBe(60);
    expect(loadConfig({ ...development(), SESSION_ABSOLUTE_TTL_SECONDS: '5' })).toMatchObject({
      accessTokenTtlSeconds: 5,
      sessionIdleTtlSeconds: 5,
      refreshGraceSeconds: 5,
    });
  });
});

describe('a combination of variables', () => {
  it('does not use one port for two servers', () => {
    expect(refusedVariables({ ...development(), PORT: '4001', METRICS_PORT: '4001' })).toEqual(['METRICS_PORT']);
    expect(loadConfig({ ...development(), PORT: '0', METRICS_PORT: '0' }).metricsPort).toBe(0);
  });

  it('does not use one key for two purposes', () => {
    const { ENCRYPTION_KEYS } = production();
    expect(refusedVariables({ ...production(), ENCRYPTION_KEYS, JWT_SECRETS: ENCRYPTION_KEYS })).toEqual([
      'JWT_SECRETS',
    ]);
  });

  it('does not bypass the pooler of a database that is not configured', () => {
    expect(refusedVariables({ ...development(), DATABASE_DIRECT_URL: 'postgresql://db/x' })).toEqual([
      'DATABASE_DIRECT_URL',
    ]);
  });
});
