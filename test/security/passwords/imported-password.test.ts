import { admitted } from '../../support/admitted.js';
import { fullLimiter } from '../../support/full-limiter.js';
import { createConcurrencyLimiter } from '../../../src/security/passwords/concurrency-limiter.js';
import { importedHashVerifier } from '../../../src/security/passwords/imported-password.js';
import { createPasswordHasher } from '../../../src/security/passwords/password.js';
import { BCRYPT, DIGEST, imported, LONG, matches, SALT, text, vectors } from './hash-vectors.js';

describe('an imported hash', () => {
  it.each(vectors)('of %s is verified for %j: %s', async (_, password, hash) => {
    await expect(matches(hash, password)).resolves.toBe(true);
    await expect(matches(hash, `x${password}`)).resolves.toBe(false);
  });

  it.each(['2a', '2b', '2y'])('of bcrypt is the same function under %s, whatever the bytes', async (minor) => {
    const hash = `$${minor}$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq`;
    await expect(matches(hash, Buffer.of(0xa3))).resolves.toBe(true);
  });

  it.each(['m=256,t=2,p=1', 'm=256,p=1,t=2', 't=2,m=256,p=1', 't=2,p=1,m=256', 'p=1,m=256,t=2', 'p=1,t=2,m=256'])(
    'of argon2 is read by the names of its parameters, and stored in one order: %s',
    async (parameters) => {
      const tail = '$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
      const hash = `$argon2id$v=19$${parameters}${tail}`;
      expect(imported(hash)).toBe(`$argon2id$v=19$m=256,t=2,p=1${tail}`);
      await expect(matches(hash, 'password')).resolves.toBe(true);
      await expect(importedHashVerifier(hash)?.(Buffer.from('password'))).resolves.toBe(true);
    },
  );

  it('of WordPress ignores the white space around a password that PHP removes, and no other', async () => {
    const hash = '$wp$2y$10$Q1xinFjrZeLWJBvxviIL6u834Fu.evIEFHAUVisQ5O.w9Dm0sMdES';
    await expect(matches(hash, ' admin\r\n\t')).resolves.toBe(true);
    await expect(matches(hash, '\u00a0admin')).resolves.toBe(false);
  });

  it('of bcrypt over a digest counts every byte of a password', async () => {
    const hash = 'bcrypt_sha256$$2b$04$CCCCCCCCCCCCCCCCCCCCC.aEdL4FlJ7tKPWH5ktKxI0fG6/VHbJai';
    await expect(matches(hash, 'correct horse'.padEnd(72, '\0'))).resolves.toBe(false);
  });

  it('is stored in a form that can be imported again', () => {
    for (const [, , hash] of vectors) expect(imported(imported(hash))).toBe(imported(hash));
  });

  it('of bcrypt counts 72 bytes of a password, and not 255 as if they were none', async () => {
    const hash = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui';
    await expect(matches(hash, LONG)).resolves.toBe(true);
    await expect(matches(hash, LONG.padEnd(255, 'x'))).resolves.toBe(true);
    await expect(matches(hash, LONG.slice(0, 71))).resolves.toBe(false);
  });

  it('of bcrypt counts what follows a NUL', async () => {
    const hash = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';
    await expect(matches(hash, 'abc\0anything')).resolves.toBe(false);
  });

  it('of bcrypt is verified also where bits are set that do not count', async () => {
    // The 22nd character of the salt is 0 or 1 in its leading two bits; the last one's lower two bits are 0 or not.
    const hash = '$2a$05$CCCCCCCCCCCCCCCCCCCCC/E5YPO9kmyuRGyh0XouQYb4YMJKvyOeX';
    await expect(matches(hash, 'U*U')).resolves.toBe(true);
  });

  it('is stored in one form for each scheme, with every parameter that affects the cost before its salt', () => {
    expect(imported(BCRYPT.replace('2b', '2y'))).toBe(BCRYPT);
    expect(imported(`$pbkdf2-sha256$29000$${SALT}$${DIGEST}`)).toBe(`$pbkdf2-sha256$i=29000,l=32$${SALT}$${DIGEST}`);
    expect(imported(`$pbkdf2-sha256$i=29000$${SALT}==$${DIGEST}=`)).toBe(
      `$pbkdf2-sha256$i=29000,l=32$${SALT}$${DIGEST}`,
    );
    expect(imported(`pbkdf2_sha256$29000$seasalt$${DIGEST}=`)).toBe(
      `$pbkdf2-sha256$i=29000,l=32$${text('seasalt')}$${DIGEST}`,
    );
  });
});

describe('the hasher', () => {
  const hasher = createPasswordHasher({
    memoryKib: 64,
    passes: 1,
    lanes: 1,
    limiter: createConcurrencyLimiter({ concurrency: 1, queue: 100 }),
  });

  it('verifies an imported hash, and wants it replaced by one of its own', async () => {
    for (const [, , hash] of vectors) {
      const stored = imported(hash);
      if (stored.startsWith('$argon2id$')) continue;
      expect(hasher.needsRehash(stored)).toBe(true);
    }
    const stored = imported('$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i');
    await expect(admitted(hasher).verify(stored, 'abc')).resolves.toBe(true);
    await expect(admitted(hasher).verify(stored, 'abcd')).resolves.toBe(false);
  });

  it('verifies an imported hash only with a place of the limiter', async () => {
    const full = createPasswordHasher({ memoryKib: 64, passes: 1, lanes: 1, limiter: fullLimiter });
    await expect(admitted(full).verify(BCRYPT, 'abc')).rejects.toThrow('full');
  });
});
