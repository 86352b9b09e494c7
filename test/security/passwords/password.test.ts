import argon2 from 'argon2';

import { admitted } from '../../support/admitted.js';
import { fullLimiter } from '../../support/full-limiter.js';
import { createConcurrencyLimiter } from '../../../src/security/passwords/concurrency-limiter.js';
import { createPasswordHasher, type PasswordHasher } from '../../../src/security/passwords/password.js';

const cheap = { memoryKib: 64, passes: 2, lanes: 1 };

function hasher(parameters = cheap): PasswordHasher {
  return createPasswordHasher({ ...parameters, limiter: createConcurrencyLimiter({ concurrency: 2, queue: 100 }) });
}

/** Whether the hash of one password lets another in. */
async function isSame(stored: string, presented: string): Promise<boolean> {
  return admitted(hasher()).verify(await admitted(hasher()).hash(stored), presented);
}

describe('argon2', () => {
  it('computes the argon2id vector of RFC 9106 section 5.3', async () => {
    const tag = await argon2.hash(Buffer.alloc(32, 1), {
      type: argon2.argon2id,
      memoryCost: 32,
      timeCost: 3,
      parallelism: 4,
      hashLength: 32,
      salt: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      raw: true,
    });
    expect(tag.toString('hex')).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });
});

describe('password', () => {
  it('is hashed with argon2id, version 19, under the given parameters and a salt of its own', async () => {
    const form = /^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
    const [first, second] = await Promise.all([
      admitted(hasher()).hash('correct horse'),
      admitted(hasher()).hash('correct horse'),
    ]);
    expect(first).toMatch(form);
    expect(second).toMatch(form);
    expect(first).not.toBe(second);
  });

  it('is verified with the parameters of its hash', async () => {
    const old = await admitted(hasher({ memoryKib: 32, passes: 1, lanes: 2 })).hash('correct horse');
    await expect(admitted(hasher()).verify(old, 'correct horse')).resolves.toBe(true);
    await expect(admitted(hasher()).verify(old, 'wrong horse')).resolves.toBe(false);
  });

  it('is the same however an accent is composed', async () => {
    await expect(isSame('caf\u00e9', 'cafe\u0301')).resolves.toBe(true);
  });

  it.each([
    ['a trailing space', 'secret', 'secret '],
    ['a leading space', 'secret', ' secret'],
    ['letter case', 'secret', 'Secret'],
    ['what follows a NUL', 'secret\0one', 'secret\0two'],
    ['a final NUL', 'secret', 'secret\0'],
    ['an emoji', 'secret\u{1f600}', 'secret\u{1f601}'],
    ['a full-width twin', 'secret', '\uff53ecret'],
    ['the 73rd byte', 'x'.repeat(72) + 'a', 'x'.repeat(72) + 'b'],
    ['half an emoji', 'secret\ud83d', 'secret\ude00'],
    ['half an emoji and the replacement character', 'secret\ud83d', 'secret\ufffd'],
    ['nothing and a space', '', ' '],
  ])('differs by %s', async (_, stored, presented) => {
    await expect(isSame(stored, stored)).resolves.toBe(true);
    await expect(isSame(stored, presented)).resolves.toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['plain text', 'correct horse'],
    ['another scheme', '$5$rounds=5000$usesomesillystri$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6'],
    ['bcrypt cut short', '$2b$12$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu'],
    ['no parameters', '$argon2id$v=19$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a tag cut short', '$argon2id$v=19$m=64,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA'],
    [
      'an impossible parameter',
      '$argon2id$v=19$m=1,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ],
  ])('is a fault, not a wrong password, when the stored text is %s', async (_, phc) => {
    await expect(admitted(hasher()).verify(phc, 'correct horse')).rejects.toThrow(
      /hash has no supported format|too small/,
    );
  });

  it('needs no new hash while the stored one is as strong as the current parameters or stronger', () => {
    expect(hasher().needsRehash(phc(64, 2, 1))).toBe(false);
    expect(hasher().needsRehash(phc(64, 3, 1))).toBe(false);
    expect(hasher().needsRehash(phc(128, 1, 1))).toBe(false);
    expect(hasher().needsRehash(phc(128, 2, 4))).toBe(false);
  });

  it('needs a new hash when the stored one takes less memory, less work, or is of another scheme', () => {
    expect(hasher().needsRehash(phc(32, 8, 1))).toBe(true);
    expect(hasher().needsRehash(phc(64, 1, 1))).toBe(true);
    expect(hasher().needsRehash('$2b$12$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu')).toBe(true);
  });

  it('is read by the names of its parameters, in whatever order a release writes them', async () => {
    const stored = (await admitted(hasher()).hash('correct horse')).replace('m=64,t=2,p=1', 'm=64,p=1,t=2');
    expect(stored).toContain('p=1,t=2');
    await expect(admitted(hasher()).verify(stored, 'correct horse')).resolves.toBe(true);
    await expect(admitted(hasher()).verify(stored, 'correct mule')).resolves.toBe(false);
    expect(hasher().needsRehash(stored)).toBe(false);
    expect(hasher().needsRehash(phc(64, 1, 1).replace('t=1,p=1', 'p=1,t=1'))).toBe(true);
  });

  it('asks the guard before it hashes, and queues nothing when the guard throws', async () => {
    const guarded = createPasswordHasher({
      ...cheap,
      limiter: createConcurrencyLimiter({ concurrency: 1, queue: 0 }),
      guard: () => {
        throw new Error('inside a transaction');
      },
    });
    await expect(admitted(guarded).hash('correct horse')).rejects.toThrow('inside a transaction');
    await expect(admitted(guarded).verify(phc(64, 2, 1), 'correct horse')).rejects.toThrow('inside a transaction');
  });

  it('passes the limiter, whose refusal is the answer', async () => {
    const full = createPasswordHasher({ ...cheap, limiter: fullLimiter });
    await expect(admitted(full).hash('correct horse')).rejects.toThrow('full');
    await expect(admitted(full).verify(phc(64, 2, 1), 'correct horse')).rejects.toThrow('full');
  });
});

function phc(memoryKib: number, passes: number, lanes: number): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;
}
