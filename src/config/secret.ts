import { randomBytes } from 'node:crypto';

/** 256 bits, the size of the keys of AES-256-GCM and HMAC-SHA-256. */
export const SECRET_BYTES = 32;

/** Generates 32 random bytes as base64url, 43 characters. */
export const generateSecret = (): string => {
  // One random secret in millions looks weak by chance, and would be refused at the next start.
  for (;;) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    if (weaknessOfSecret(secret) === undefined) return secret;
  }
};

/**
 * Describes why a secret in base64url is weak; undefined when no weakness was found.
 *
 * Randomness cannot be proved, but common substitutes can be recognized: a phrase, a keyboard walk, a counter, a short pattern
 * repeated until it is long enough, or a key from a specification or a tutorial. Such keys are in every cracking list, and
 * an attacker who knows the key signs tokens for any user. The bounds refuse fewer than a handful of a billion random secrets.
 */
export const weaknessOfSecret = (secret: string): string | undefined => {
  const bytes = Buffer.from(secret, 'base64url');
  if (bytes.length < SECRET_BYTES) return `has fewer than ${SECRET_BYTES} bytes`;
  if (bytes.toString('base64url') !== secret) return 'is not base64url (letters, digits, - and _, without padding)';
  if (publishedSecrets.has(secret)) return 'is a published sample';
  if (guessableWords.test(secret)) return 'contains a word, so it is not random';
  if (share(bytes, (byte) => byte >= 0x20 && byte < 0x7f) > 0.9) return 'is text, not random bytes';
  if (hasPeriod(bytes)) return 'repeats itself';
  if (new Set(bytes).size < SECRET_BYTES / 2) return 'has too few distinct bytes';
  if (isSequence(bytes)) return 'is a sequence';
  return undefined;
};

/** Random secrets that were published. */
const publishedSecrets: ReadonlySet<string> = new Set([
  // RFC 7515, appendix A.1
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  // RFC 7520, sections 3.5 and 3.6
  'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
  'AAPapAv4LbFbiVawEjagUBluYqN5rhna-8nuldDvOx8',
  // The documentation of a widely used JOSE library
  'zH4NRP1HMALxxCFnRZABFA7GOJtzU_gIj02alfL1lvI',
]);

/** Words of at least six letters: shorter words occur in random secrets. */
const guessableWords =
  /secret|passw|change[-_]?me|replace[-_]?me|example|default|insecure|placeholder|gatehouse|qwerty|letmein|abcdef|012345|123456/i;

const share = (bytes: Buffer, is: (byte: number, index: number) => boolean): number =>
  bytes.filter(is).length / bytes.length;

const hasPeriod = (bytes: Buffer): boolean => {
  const periods = Array.from({ length: Math.floor(bytes.length / 2) }, (_, index) => index + 1);
  return periods.some((period) => bytes.subarray(period).equals(bytes.subarray(0, -period)));
};

const isSequence = (bytes: Buffer): boolean => {
  const steps = new Map<number, number>();
  for (const [index, byte] of bytes.subarray(1).entries()) {
    const step = (byte - bytes.readUInt8(index) + 256) % 256;
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  return Math.max(...steps.values()) > bytes.length / 2;
};
