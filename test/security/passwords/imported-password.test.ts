import { createConcurrencyLimiter } from '../../../src/security/passwords/concurrency-limiter.js';
import { parseImportedHash, importedHashVerifier } from '../../../src/security/passwords/imported-password.js';
import { createPasswordHasher, dummyHash } from '../../../src/security/passwords/password.js';

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const text = (salt: string) => base64(Buffer.from(salt));
const hex = (digest: string) => base64(Buffer.from(digest, 'hex'));

/** The stored form of a hash that must be accepted. */
const imported = (hash: string): string => {
  const result = parseImportedHash(hash);
  if ('refused' in result) throw new Error(`${hash} ${result.refused}`);
  return result.hash;
};

const matches = async (hash: string, password: string | Buffer): Promise<boolean | undefined> =>
  importedHashVerifier(imported(hash))?.(Buffer.from(password));

const DIGEST = text('sixteen bytes...sixteen bytes...');
const SALT = text('sixteen bytes...');
const BCRYPT = '$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';

const LONG = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Published vectors. */
const vectors: [source: string, password: string, hash: string][] = [
  ['crypt_blowfish', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  [
    'crypt_blowfish',
    `${LONG}chars after 72 are ignored`,
    '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ],
  ['jBCrypt', '', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['jBCrypt', 'abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['jBCrypt', '~!@#$%^&*()      ~!@#$%^&*()PNBFRD', '$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO'],
  [
    'RFC 7914 section 12',
    'password',
    `$scrypt$ln=10,r=8,p=16$${text('NaCl')}$${hex('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640')}`,
  ],
  [
    'RFC 7914 section 12',
    'pleaseletmein',
    `$scrypt$ln=14,r=8,p=1$${text('SodiumChloride')}$${hex('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887')}`,
  ],
  [
    'RFC 7914 section 11',
    'passwd',
    `$pbkdf2-sha256$i=1$${text('salt')}$${hex('55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783')}`,
  ],
  [
    'RFC 7914 section 11',
    'Password',
    `$pbkdf2-sha256$i=80000,l=64$${text('NaCl')}$${hex('4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d')}`,
  ],
  [
    'golang.org/x/crypto',
    'password',
    `$pbkdf2-sha512$i=1$${text('salt')}$${hex('867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce')}`,
  ],
  ['passlib', 'password', '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44'],
  ['Django', 'password', 'pbkdf2_sha256$10000$s1w0UXDd00XB$+4ORmyvVWAQvoAEWlDgN34vlaJx1ZTZpa1pCSRey2Yk='],
  [
    'phc-winner-argon2',
    'password',
    '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8',
  ],
  ['phc-winner-argon2', 'password', '$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY'],
  [
    'phc-winner-argon2',
    'password',
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  ],
];

describe('an imported hash', () => {
  it.each(vectors)('of %s is verified for %j: %s', async (_, password, hash) => {
    await expect(matches(hash, password)).resolves.toBe(true);
    await expect(matches(hash, `x${password}`)).resolves.toBe(false);
  });

  it.each(['2a', '2b', '2y'])('of bcrypt is the same function under %s, whatever the bytes', async (minor) => {
    const hash = `$${minor}$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq`;
    await expect(matches(hash, Buffer.of(0xa3))).resolves.toBe(true);
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

  it('is stored in one spelling a scheme, with every parameter that costs in its head', () => {
    expect(imported(BCRYPT.replace('2b', '2y'))).toBe(BCRYPT);
    expect(imported(`$pbkdf2-sha256$29000$${SALT}$${DIGEST}`)).toBe(`$pbkdf2-sha256$i=29000,l=32$${SALT}$${DIGEST}`);
    expect(imported(`$pbkdf2-sha256$i=29000$${SALT}==$${DIGEST}=`)).toBe(
      `$pbkdf2-sha256$i=29000,l=32$${SALT}$${DIGEST}`,
    );
    expect(imported(`pbkdf2_sha256$29000$seasalt$${DIGEST}=`)).toBe(
      `$pbkdf2-sha256$i=29000,l=32$${text('seasalt')}$${DIGEST}`,
    );
  });

  it('is refused above the cost limits, and accepted at them', () => {
    const refused = { refused: 'has parameters that would make every login too slow' };
    const atAndAbove: [string, string][] = [
      [BCRYPT.replace('$04$', '$14$'), BCRYPT.replace('$04$', '$15$')],
      [BCRYPT, BCRYPT.replace('$04$', '$31$')],
      [`$argon2id$v=19$m=262144,t=3,p=16$${SALT}$${DIGEST}`, `$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${DIGEST}`],
      [`$argon2i$v=19$m=65536,t=12,p=1$${SALT}$${DIGEST}`, `$argon2i$v=19$m=65536,t=13,p=1$${SALT}$${DIGEST}`],
      [`$argon2d$v=16$m=1024,t=1,p=16$${SALT}$${DIGEST}`, `$argon2d$v=16$m=1024,t=1,p=17$${SALT}$${DIGEST}`],
      [`$argon2id$v=19$m=8,t=1,p=1$${SALT}$${DIGEST}`, `$argon2id$v=19$m=4194304,t=1,p=1$${SALT}$${DIGEST}`],
      [`$scrypt$ln=17,r=8,p=1$${SALT}$${DIGEST}`, `$scrypt$ln=18,r=8,p=1$${SALT}$${DIGEST}`],
      [`$scrypt$ln=15,r=8,p=4$${SALT}$${DIGEST}`, `$scrypt$ln=15,r=8,p=5$${SALT}$${DIGEST}`],
      [`$pbkdf2-sha256$i=2000000$${SALT}$${DIGEST}`, `$pbkdf2-sha256$i=1000000000$${SALT}$${DIGEST}`],
      [
        `$pbkdf2-sha512$i=2000000$${SALT}$${base64(Buffer.alloc(64))}`,
        `$pbkdf2-sha256$i=2000000$${SALT}$${base64(Buffer.alloc(33))}`,
      ],
      [`pbkdf2_sha256$2000000$salt$${DIGEST}`, `pbkdf2_sha256$2000001$salt$${DIGEST}`],
    ];
    for (const [at, above] of atAndAbove) {
      expect({ at, ...parseImportedHash(at) }).toEqual({ at, hash: expect.any(String) as string });
      expect({ above, ...parseImportedHash(above) }).toEqual({ above, ...refused });
    }
  });

  it.each([
    ['nothing', ''],
    ['a plain password', 'correct horse battery staple'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['the faulty bcrypt of old PHP', BCRYPT.replace('2b', '2x')],
    ['bcrypt before it was versioned', BCRYPT.replace('2b', '2')],
    ['bcrypt of cost 3', BCRYPT.replace('$04$', '$03$')],
    ['bcrypt of cost 32', BCRYPT.replace('$04$', '$32$')],
    ['bcrypt cut short', BCRYPT.slice(0, -1)],
    ['bcrypt with a line break', `${BCRYPT}\n`],
    ['argon2id with less memory than its lanes need', `$argon2id$v=19$m=15,t=1,p=2$${SALT}$${DIGEST}`],
    ['argon2id of no pass', `$argon2id$v=19$m=64,t=0,p=1$${SALT}$${DIGEST}`],
    ['argon2id of an unknown version', `$argon2id$v=20$m=64,t=1,p=1$${SALT}$${DIGEST}`],
    ['argon2id with associated data', `$argon2id$v=19$m=64,t=1,p=1,data=AAAA$${SALT}$${DIGEST}`],
    ['argon2id with a salt too short', `$argon2id$v=19$m=64,t=1,p=1$${text('seven..')}$${DIGEST}`],
    ['a digest that chance would meet', `$pbkdf2-sha256$1000$${SALT}$${text('fifteen bytes..')}`],
    ['a digest longer than any is', `$pbkdf2-sha256$1000$${SALT}$${base64(Buffer.alloc(65))}`],
    ['a length that its digest has not', `$pbkdf2-sha256$i=1000,l=64$${SALT}$${DIGEST}`],
    ['no iterations', `$pbkdf2-sha256$0$${SALT}$${DIGEST}`],
    ['another PBKDF2', `$pbkdf2-md5$1000$${SALT}$${DIGEST}`],
    ['an empty salt', `$scrypt$ln=10,r=8,p=1$$${DIGEST}`],
    ['base64 that is none', `$scrypt$ln=10,r=8,p=1$a*b$${DIGEST}`],
    ['base64 of another alphabet', `$scrypt$ln=10,r=8,p=1$${SALT}$${'_-'.repeat(22)}`],
    ['scrypt with more blocks than its block size allows', `$scrypt$ln=16,r=1,p=1$${SALT}$${DIGEST}`],
    ['scrypt of ln=0', `$scrypt$ln=0,r=8,p=1$${SALT}$${DIGEST}`],
  ])('is refused when it is %s', (_, hash) => {
    expect(parseImportedHash(hash)).toEqual({ refused: 'is not a hash in a supported format' });
  });

  it('is not verified in any spelling but the stored one, nor above the cost limits', () => {
    expect(importedHashVerifier(BCRYPT.replace('2b', '2y'))).toBeUndefined();
    expect(importedHashVerifier(BCRYPT.replace('$04$', '$31$'))).toBeUndefined();
    expect(importedHashVerifier('')).toBeUndefined();
  });
});

describe('the hasher', () => {
  const hasher = createPasswordHasher({
    memoryKib: 64,
    passes: 1,
    lanes: 1,
    limiter: createConcurrencyLimiter({ concurrency: 1, queue: 100 }),
  });

  it('verifies an imported hash, and has it made anew', async () => {
    for (const [, , hash] of vectors) {
      const stored = imported(hash);
      if (stored.startsWith('$argon2id$')) continue;
      expect(hasher.needsRehash(stored)).toBe(true);
    }
    const stored = imported('$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i');
    await expect(hasher.verify(stored, 'abc')).resolves.toBe(true);
    await expect(hasher.verify(stored, 'abcd')).resolves.toBe(false);
  });

  it('passes the limiter with an imported hash too', async () => {
    const full = createPasswordHasher({
      memoryKib: 64,
      passes: 1,
      lanes: 1,
      limiter: { run: () => Promise.reject(new Error('full')) },
    });
    await expect(full.verify(BCRYPT, 'abc')).rejects.toThrow('full');
  });
});

describe('a dummy hash', () => {
  it.each([
    '$2b$04',
    '$argon2id$v=19$m=64,t=1,p=1',
    '$argon2i$m=64,t=1,p=1',
    '$scrypt$ln=4,r=8,p=1',
    '$pbkdf2-sha256$i=10,l=32',
    '$pbkdf2-sha512$i=10,l=64',
  ])('begins with %s, is verified like a stored hash, and fits no password', async (head) => {
    const hash = dummyHash(head) ?? '';
    expect(hash.startsWith(`${head}$`)).toBe(true);
    expect(hash.length).toBe(imported(hash).length);
    await expect(importedHashVerifier(hash)?.(Buffer.from('abc'))).resolves.toBe(false);
  });

  it('is not made of what cannot be verified', () => {
    expect(dummyHash('$2b$31')).toBeUndefined();
    expect(dummyHash('$md5')).toBeUndefined();
  });
});
