/**
 * The highest cost of verifying one hash. Without these limits, the author of an imported hash decides how long a login
 * occupies one of a few threads: a bcrypt cost of 31 occupies it for a day. The limits admit what the documentation of each
 * scheme recommends, at most about a second of one core. docs/import.md lists them.
 */
export const costLimits = {
  argon2MemoryKib: 262_144,
  argon2MemoryKibTimesPasses: 786_432,
  argon2Lanes: 16,
  // Each pass starts four threads for each lane, which costs more than a pass over little memory.
  argon2Passes: 64,
  bcryptCost: 14,
  // Memory is 128 * N * r bytes, here 128 MiB.
  scryptWork: 2 ** 20,
  // For a small N, the buffers of 128 * r * (p + 2) bytes that scrypt fills and digests cost more than the work above.
  scryptBlocks: 256,
  pbkdf2Blocks: 2_000_000,
} as const;
