import { admitted } from '../../support/admitted.js';
import { fullLimiter } from '../../support/full-limiter.js';
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
  ['Django', 'lètmein', 'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c='],
  ['Django', 'lètmein', 'pbkdf2_sha1$390000$seasalt2$aDapRanzW8aHTz97v2TcfHzWD+I='],
  [
    'Django',
    'lètmein',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
  ],
  ['Django', 'secret', 'argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q'],
  ['Django', 'secret', 'argon2$argon2id$v=19$m=102400,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw'],
  ['jBCrypt, in the form of Django', 'abc', 'bcrypt$$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  // The SHA-256 in hexadecimal, hashed by bcryptjs 3.0.3.
  [
    'Django, Meteor, accounts-js',
    'correct horse',
    'bcrypt_sha256$$2b$04$CCCCCCCCCCCCCCCCCCCCC.aEdL4FlJ7tKPWH5ktKxI0fG6/VHbJai',
  ],
  ['WordPress 6.8', 'admin', '$wp$2y$10$Q1xinFjrZeLWJBvxviIL6u834Fu.evIEFHAUVisQ5O.w9Dm0sMdES'],
  // Hashed with the parameters of better-auth by @noble/hashes 2.0.1. The password is not in NFKC.
  [
    'better-auth',
    'pass\uff57ord\u0301 battery',
    'better-auth:00112233445566778899aabbccddeeff:179872ffa9aa91b7d56bea6fa7118bbb8c82f51777d6d0cb2abc217d59478340807241b1bff3b1bd1643fc3c1233e850dd99d3389eb7f6ad74eca52a35d82462',
  ],
  ['ASP.NET Identity 2', 'my password', 'ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A=='],
  ['ASP.NET Identity, SHA-1', 'my password', 'AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M'],
  [
    'ASP.NET Identity, SHA-256',
    'my password',
    'AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=',
  ],
  [
    'ASP.NET Identity, SHA-512',
    'my password',
    'AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==',
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
    ['bcrypt of cost 3', BCRYPT.replace('$04$', '$03$')],
    ['bcrypt of cost 32', BCRYPT.replace('$04$', '$32$')],
    ['bcrypt cut short', BCRYPT.slice(0, -1)],
    ['bcrypt with a line break', `${BCRYPT}\n`],
    ['argon2id with less memory than its lanes need', `$argon2id$v=19$m=15,t=1,p=2$${SALT}$${DIGEST}`],
    ['argon2id of no pass', `$argon2id$v=19$m=64,t=0,p=1$${SALT}$${DIGEST}`],
    ['argon2id of an unknown version', `$argon2id$v=20$m=64,t=1,p=1$${SALT}$${DIGEST}`],
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
    ['argon2id with a parameter twice', `$argon2id$v=19$m=64,t=1,t=1$${SALT}$${DIGEST}`],
    ['argon2id with an unknown parameter', `$argon2id$v=19$m=64,t=1,x=1$${SALT}$${DIGEST}`],
    ['scrypt of Django whose N is not a power of two', `scrypt$16383$seasalt$8$1$${DIGEST}`],
    ['ASP.NET Identity with an unknown hash function', 'AQAAAAMAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M'],
    ['ASP.NET Identity cut short', 'AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4A='],
    ['scrypt of ln=0', `$scrypt$ln=0,r=8,p=1$${SALT}$${DIGEST}`],
  ])('is refused when it is %s', (_, hash) => {
    expect(parseImportedHash(hash)).toEqual({ refused: 'is not a hash in a supported format' });
  });

  it.each([
    ['$P$B9vZp1ED5PnY4omTg1SJmUTSxeMfRY.', 'is phpass'],
    ['$H$9vZp1ED5PnY4omTg1SJmUTSxeMfRY.', 'is phpass'],
    ['$S$DvQI6Y600iNeXRIeEMF94Y6FvN8nujJcEDTCP9nS5.i38jnEKuDW', 'is the SHA-512 scheme of Drupal 7'],
    [BCRYPT.replace('2b', '2x'), 'is bcrypt of type 2x'],
    [BCRYPT.replace('2b', '2'), 'is bcrypt of the first type'],
    [
      '$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2',
      'is bcrypt_sha256 of passlib',
    ],
    ['$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJu', 'is a hash of crypt(3)'],
    ['$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1', 'is a hash of crypt(3)'],
    ['{SSHA}MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A=', 'is a hash of an LDAP directory'],
    [`$argon2id$v=19$m=64,t=1,p=1,data=AAAA$${SALT}$${DIGEST}`, 'is argon2 with a secret or with associated data'],
    ['md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3', 'is MD5, SHA-1 or crypt of Django'],
    ['sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8', 'is MD5, SHA-1 or crypt of Django'],
    ['!kP1Vq0cWvHkq', 'marks an account of Django without a password'],
    [`00112233445566778899aabbccddeeff:${'0f'.repeat(64)}`, 'is a salt and a digest without a scheme'],
    ['5f4dcc3b5aa765d61d8327deb882cf99', 'is a digest without salt or scheme'],
    ['5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8', 'is a digest without salt or scheme'],
    [
      'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
      'is a digest without salt or scheme; docs/import.md describes the conversion from Firebase',
    ],
  ])('is refused by name when it can never be verified: %s %s', (hash, reason) => {
    expect(parseImportedHash(hash)).toEqual({ refused: expect.stringContaining(reason) as string });
  });

  it('is not verified when it is malformed, nor above the cost limits', () => {
    expect(importedHashVerifier(BCRYPT.replace('2b', '2x'))).toBeUndefined();
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
    await expect(admitted(hasher).verify(stored, 'abc')).resolves.toBe(true);
    await expect(admitted(hasher).verify(stored, 'abcd')).resolves.toBe(false);
  });

  it('passes the limiter with an imported hash too', async () => {
    const full = createPasswordHasher({
      memoryKib: 64,
      passes: 1,
      lanes: 1,
      limiter: fullLimiter,
    });
    await expect(admitted(full).verify(BCRYPT, 'abc')).rejects.toThrow('full');
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
    '$pbkdf2-sha1$i=10,l=20',
    '$argon2id$v=19$m=64,p=1,t=1',
    '$bcrypt-sha256hex$c=04',
    '$bcrypt-wordpress$c=04',
    '$scrypt-nfkc$ln=4,r=8,p=1',
    '$scrypt-firebase$ln=4,r=8,p=1',
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
