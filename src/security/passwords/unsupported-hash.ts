/** Hashes that are recognized and cannot be verified, each with the reason, as the predicate of a sentence. */
const unsupported: readonly (readonly [form: RegExp, reason: string])[] = [
  [/^\$2x\$/, 'is bcrypt of type 2x, which is the faulty function of PHP before 5.3.7'],
  [/^\$2\$/, 'is bcrypt of the first type, which truncated passwords'],
  [/^\$bcrypt-sha256\$/, 'is bcrypt_sha256 of passlib, which is not supported'],
  [/^\$[PH]\$/, 'is phpass ($P$ of WordPress before 6.8, $H$ of phpBB), which uses MD5 and is not supported'],
  [/^\$S\$/, 'is the SHA-512 scheme of Drupal 7, which is not supported'],
  [/^\$(?:1|apr1|5|6|7|y|gy|md5|sha1)\$/, 'is a hash of crypt(3), which is not supported'],
  [/^\{[\w-]+\}/, 'is a hash of an LDAP directory, which is not supported'],
  [/^\$argon2(?:id|i|d)\$.*(?:data|keyid)=/, 'is argon2 with a secret or with associated data, which is not supported'],
  [/^(?:md5|sha1|unsalted_md5|unsalted_sha1|crypt)\$/, 'is MD5, SHA-1 or crypt of Django, which is not supported'],
  [/^!/, 'marks an account of Django without a password; leave the field out'],
  [
    /^[0-9a-f]{16,128}:[0-9a-f]{32,}$/i,
    'is a salt and a digest without a scheme; if it comes from better-auth, write better-auth: before it',
  ],
  [/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i, 'is a digest without salt or scheme'],
  [
    /^[A-Za-z0-9+/_-]{86}(?:==)?$/,
    'is a digest without salt or scheme; docs/import.md describes the conversion from Firebase',
  ],
];

/** Returns the reason why a text that no parser has accepted is refused. It repeats nothing of the text. */
export const reasonForUnsupportedHash = (text: string): string =>
  unsupported.find(([form]) => form.test(text))?.[1] ?? 'is not a hash in a supported format';
