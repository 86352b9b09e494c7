import { importedHashVerifier } from '../../../src/security/passwords/imported-password.js';
import { dummyHash } from '../../../src/security/passwords/password.js';
import { imported } from './hash-vectors.js';

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
  ])('begins with %s, is verified like a stored hash, and matches no password', async (head) => {
    const hash = dummyHash(head) ?? '';
    expect(hash.startsWith(`${head}$`)).toBe(true);
    expect(hash.length).toBe(imported(hash).length);
    await expect(importedHashVerifier(hash)?.(Buffer.from('abc'))).resolves.toBe(false);
  });

  it('is not generated for parameters that cannot be verified', () => {
    expect(dummyHash('$2b$31')).toBeUndefined();
    expect(dummyHash('$md5')).toBeUndefined();
  });
});
