import { importedHashVerifier, parseImportedHash } from '../../../src/security/passwords/imported-password.js';
import { base64, BCRYPT, DIGEST, SALT, text } from './hash-vectors.js';

describe('a hash that cannot be imported', () => {
  it('is refused above the cost limits, and accepted at them', () => {
    const refused = { refused: 'has parameters that would make every login too slow' };
    const atAndAbove: [string, string][] = [
      [BCRYPT.replace('$04$', '$14$'), BCRYPT.replace('$04$', '$15$')],
      [BCRYPT, BCRYPT.replace('$04$', '$31$')],
      [`$argon2id$v=19$m=262144,t=3,p=16$${SALT}$${DIGEST}`, `$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${DIGEST}`],
      [`$argon2i$v=19$m=65536,t=12,p=1$${SALT}$${DIGEST}`, `$argon2i$v=19$m=65536,t=13,p=1$${SALT}$${DIGEST}`],
      [`$argon2d$v=16$m=1024,t=1,p=16$${SALT}$${DIGEST}`, `$argon2d$v=16$m=1024,t=1,p=17$${SALT}$${DIGEST}`],
      [`$argon2id$v=19$m=8,t=1,p=1$${SALT}$${DIGEST}`, `$argon2id$v=19$m=4194304,t=1,p=1$${SALT}$${DIGEST}`],
      [`$argon2id$v=19$m=1024,t=64,p=16$${SALT}$${DIGEST}`, `$argon2id$v=19$m=128,t=65,p=16$${SALT}$${DIGEST}`],
      [`$scrypt$ln=10,r=8,p=32$${SALT}$${DIGEST}`, `$scrypt$ln=1,r=8,p=33$${SALT}$${DIGEST}`],
      [`$scrypt$ln=12,r=256,p=1$${SALT}$${DIGEST}`, `$scrypt$ln=1,r=257,p=1$${SALT}$${DIGEST}`],
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
    [
      'a digest so short that other passwords match it by chance',
      `$pbkdf2-sha256$1000$${SALT}$${text('fifteen bytes..')}`,
    ],
    ['PBKDF2 with a digest of 65 bytes', `$pbkdf2-sha256$1000$${SALT}$${base64(Buffer.alloc(65))}`],
    ['PBKDF2 whose length is not that of its digest', `$pbkdf2-sha256$i=1000,l=64$${SALT}$${DIGEST}`],
    ['PBKDF2 without iterations', `$pbkdf2-sha256$0$${SALT}$${DIGEST}`],
    ['PBKDF2 with MD5', `$pbkdf2-md5$1000$${SALT}$${DIGEST}`],
    ['scrypt with an empty salt', `$scrypt$ln=10,r=8,p=1$$${DIGEST}`],
    ['scrypt with a salt that is not base64', `$scrypt$ln=10,r=8,p=1$a*b$${DIGEST}`],
    ['scrypt with a digest in base64url', `$scrypt$ln=10,r=8,p=1$${SALT}$${'_-'.repeat(22)}`],
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
