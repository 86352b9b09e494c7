import { availableParallelism } from 'node:os';

import { loadConfig } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';
import { testEnvironments } from '../support/configuration.js';

const { development, production } = testEnvironments();

describe('a computed value', () => {
  it('closes introspection in production and sends mail from the host of PUBLIC_URL', () => {
    expect(loadConfig(production())).toMatchObject({
      introspection: false,
      mailFrom: { name: '', address: 'no-reply@id.example.com' },
    });
  });

  it('never lets a session idle longer than it lives', () => {
    expect(loadConfig({ ...development(), SESSION_ABSOLUTE_TTL_SECONDS: '60' }).sessionIdleTtlSeconds).toBe(60);
  });

  it('leaves one thread of the pool to files and name look-ups', () => {
    expect(loadConfig(development()).hashConcurrency).toBe(Math.max(1, Math.min(availableParallelism() - 1, 3)));
  });

  it('hides the secrets of HS256 from any other algorithm', () => {
    const env = { ...production(), JWT_SECRETS: `k:${generateSecret()}` };
    expect(loadConfig(env).jwtSecrets).toEqual([]);
    expect(loadConfig({ ...env, SIGNING_ALGORITHM: 'HS256' }).jwtSecrets).toHaveLength(1);
  });
});
