import { oneOf, rangeUrl, wholeNumber } from './formats.js';
import type { Variable } from './variable.js';

export const passwordVariables = {
  PASSWORD_MIN_LENGTH: {
    format: wholeNumber(8, 256),
    default: '15',
    unit: 'characters',
    reason: 'NIST SP 800-63B-4 requires 15 when a password is the only factor. The maximum length is always 256.',
  },
  LEAKED_PASSWORDS_URL: {
    format: rangeUrl,
    otherwise: 'only the list that is part of the server',
    example: 'https://api.pwnedpasswords.com/range/',
    reason:
      'A range service that is asked in addition: it learns five characters of the SHA-1 of a new password. See [passwords.md](passwords.md).',
  },
  LEAKED_PASSWORDS_TIMEOUT_SECONDS: {
    format: wholeNumber(1, 30),
    default: '2',
    unit: 's',
    reason: 'How long to wait for a response of that service.',
  },
  LEAKED_PASSWORDS_FAIL: {
    format: oneOf('open', 'closed'),
    default: 'open',
    reason:
      'When that service does not respond, `open` accepts a password that is not on the list of the server, and `closed` returns SERVICE_UNAVAILABLE.',
  },
  ARGON2_MEMORY_KIB: {
    format: wholeNumber(8, 4_194_304),
    default: '19456',
    unit: 'KiB',
    reason: "Memory of one hash. Together with ARGON2_PASSES at least one of OWASP's minimum sets, except in tests.",
  },
  ARGON2_PASSES: {
    format: wholeNumber(1, 64),
    default: '2',
    reason: 'Passes over that memory. Stronger values take effect for each user at the next login.',
  },
  ARGON2_LANES: {
    format: wholeNumber(1, 16),
    default: '1',
    reason: 'Lanes of one hash; each needs at least 8 KiB.',
  },
  HASH_CONCURRENCY: {
    format: wholeNumber(1, 3),
    otherwise: 'the number of cores, at most 3',
    reason: 'Hashes at once. They run on a pool of 4 threads, and files and name look-ups need the fourth.',
  },
  HASH_QUEUE: {
    format: wholeNumber(0, 10_000),
    default: '100',
    reason:
      'Hashes that may wait. When the queue is full, the server returns SERVER_BUSY, so that a flood of logins does not slow down everyone else.',
  },
} as const satisfies Record<string, Variable>;
