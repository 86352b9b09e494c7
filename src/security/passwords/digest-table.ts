import { hash } from 'node:crypto';

/** A set of strings, stored as truncated digests. */
export interface DigestTable {
  has(text: string): boolean;
}

/** The first two bytes of a digest select one of 2^16 buckets; the next four bytes are the entry in that bucket. */
const BUCKETS = 65_536;
const INDEX_BYTES = 4 * (BUCKETS + 1);

/**
 * Packs strings into a table: for each bucket the number of entries before it, then the entries, all as big-endian 32-bit
 * numbers. The same strings produce the same bytes in any order.
 *
 * The table keeps 48 bits of each SHA-256 digest, so a false positive has a probability of n / 2^48 for n strings.
 */
export const packDigestTable = (texts: Iterable<string>): Buffer => {
  const entries = Float64Array.from(new Set(texts), (text) => digestOf(text).readUIntBE(0, 6)).sort();
  const table = Buffer.alloc(INDEX_BYTES + 4 * entries.length);
  let bucket = 0;
  for (const [count, entry] of entries.entries()) {
    for (const end = Math.floor(entry / 2 ** 32); bucket <= end; bucket += 1) table.writeUInt32BE(count, 4 * bucket);
    table.writeUInt32BE(entry % 2 ** 32, INDEX_BYTES + 4 * count);
  }
  for (; bucket <= BUCKETS; bucket += 1) table.writeUInt32BE(entries.length, 4 * bucket);
  return table;
};

/**
 * Reads a packed table in place, without copying it.
 *
 * @throws Error when its length does not agree with its index
 */
export const readDigestTable = (table: Buffer): DigestTable => {
  const isComplete = table.length >= INDEX_BYTES && table.length === INDEX_BYTES + 4 * table.readUInt32BE(4 * BUCKETS);
  if (!isComplete) throw new Error('The table of digests is damaged.');
  return {
    has(text) {
      const digest = digestOf(text);
      const [bucket, entry] = [digest.readUInt16BE(0), digest.readUInt32BE(2)];
      const end = INDEX_BYTES + 4 * table.readUInt32BE(4 * (bucket + 1));
      for (let at = INDEX_BYTES + 4 * table.readUInt32BE(4 * bucket); at < end; at += 4) {
        if (table.readUInt32BE(at) === entry) return true;
      }
      return false;
    },
  };
};

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');
