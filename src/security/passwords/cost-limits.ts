/**
 * The highest cost of verifying one hash. Without these limits, the author of an imported hash decides how long a login
 * occupies one of a few threads: a bcrypt cost of 31 occupies it for a day. The limits admit what the documentation of each
 * scheme recommends, at most about a second of one core. docs/import.md lists them.
 */
export const costLimits = {
  argon2MemoryKib: 262_144,
  argon2MemoryKibTimesPasses: 786_432,
  argon2Lanes: 16,
  bcryptCost: 14,
  // Memory is 128 * N * r bytes, here 128 MiB.
  scryptWork: 2 ** 20,
  pbkdf2Blocks: 2_000_000,
} as const;
