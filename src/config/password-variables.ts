import { oneOf, rangeUrl, wholeNumber } from './formats.js';
import type { Variable } from './variable.js';

export const passwordVariables = {
  PASSWORD_MIN_LENGTH: {
    format: wholeNumber(8, 256),
    default: '15',
    unit: 'characters',
    reason:
      'The minimum length of a new password. NIST SP 800-63B-4 requires 15 if the password is the only factor. The maximum is always 256.',
  },
  LEAKED_PASSWORDS_URL: {
    format: rangeUrl,
    otherwise: 'none: only the built-in list is used',
    example: 'https://api.pwnedpasswords.com/range/',
    reason:
      'A range service that checks new passwords in addition to the built-in list. It receives five characters of the SHA-1 digest of a password. See [passwords.md](passwords.md).',
  },
  LEAKED_PASSWORDS_TIMEOUT_SECONDS: {
    format: wholeNumber(1, 30),
    default: '2',
    unit: 's',
    reason: 'How long to wait for a response from that service.',
  },
  LEAKED_PASSWORDS_FAIL: {
    format: oneOf('open', 'closed'),
    default: 'open',
    reason:
      'What happens if that service does not respond: `open` accepts a password that passes the built-in checks, and `closed` returns SERVICE_UNAVAILABLE.',
  },
  ARGON2_MEMORY_KIB: {
    format: wholeNumber(8, 4_194_304),
    default: '19456',
    unit: 'KiB',
    reason:
      "The memory of one hash. Except in tests, this value and ARGON2_PASSES must reach one of OWASP's minimum combinations.",
  },
  ARGON2_PASSES: {
    format: wholeNumber(1, 64),
    default: '2',
    reason:
      'The number of passes over that memory. After you raise these values, each password is hashed again at the next login of its user.',
  },
  ARGON2_LANES: {
    format: wholeNumber(1, 16),
    default: '1',
    reason: 'The number of lanes of one hash. Each needs at least 8 KiB of memory.',
  },
  HASH_CONCURRENCY: {
    format: wholeNumber(1, 3),
    otherwise: 'the number of cores less one, from 1 to 3',
    reason:
      'The number of passwords that are hashed at the same time. Hashing runs on a pool of 4 threads, and one of them must stay free for file operations and name look-ups. Each takes a core: with as many as there are cores, more logins succeed in a flood of them, and all other requests become slower.',
  },
  HASH_QUEUE: {
    format: wholeNumber(0, 10_000),
    default: '100',
    reason:
      'The number of passwords that can wait to be hashed. If the queue is full, the server returns SERVER_BUSY, so that a flood of logins does not slow down all other requests.',
  },
} as const satisfies Record<string, Variable>;
