import { loadConfig } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';
import { configError, testEnvironments } from '../support/configuration.js';

const { production } = testEnvironments();

describe('secrets', () => {
  const secretProblem = (secret: string) => configError({ ...production(), JWT_SECRETS: `k:${secret}` }).message;
  const bytes = (fill: (index: number) => number) => Buffer.from(Array.from({ length: 32 }, (_, index) => fill(index)));

  it('are refused when they are short', () => {
    expect(secretProblem('short')).toMatch(/^JWT_SECRETS: key 1 has fewer than 32 bytes/m);
  });

  it('are refused when they are words', () => {
    const phrase = Buffer.from('correct horse battery staple, correct horse').toString('base64url');
    expect(secretProblem(phrase)).toMatch(/^JWT_SECRETS: key 1 is text/m);
    expect(secretProblem('your-256-bit-secret-your-256-bit-secret-abc')).toMatch(
      /^JWT_SECRETS: key 1 contains a word/m,
    );
  });

  it('are refused when they repeat themselves', () => {
    expect(secretProblem(Buffer.alloc(32).toString('base64url'))).toMatch(/^JWT_SECRETS: key 1 repeats/m);
    const doubled = Buffer.from(generateSecret(), 'base64url').subarray(0, 16);
    expect(secretProblem(Buffer.concat([doubled, doubled]).toString('base64url'))).toMatch(
      /^JWT_SECRETS: key 1 repeats/m,
    );
  });

  it('are refused when they are a sequence or have few distinct bytes', () => {
    expect(secretProblem(bytes((index) => 200 + index).toString('base64url'))).toMatch(
      /^JWT_SECRETS: key 1 is a sequence/m,
    );
    expect(secretProblem(bytes((index) => (index * index) % 11).toString('base64url'))).toMatch(
      /^JWT_SECRETS: key 1 /m,
    );
  });

  it('are refused when a specification prints them', () => {
    expect(secretProblem('hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg')).toMatch(/^JWT_SECRETS: key 1 is a published/m);
  });

  it('are refused when they are not base64url', () => {
    expect(secretProblem(`${generateSecret()}=`)).toMatch(/^JWT_SECRETS: key 1 is not base64url/m);
  });

  it('are never refused when they are random', () => {
    const secrets = Array.from({ length: 1000 }, (_, index) => `k${index}:${generateSecret()}`);
    expect(loadConfig({ ...production(), ENCRYPTION_KEYS: secrets.join(',') }).encryptionKeys).toHaveLength(1000);
  });
});
