import { hash } from 'node:crypto';

/** A set of texts, kept as digests. */
export interface DigestTable {
  has(text: string): boolean;
}

/** 2^16 places, found by the first two bytes of a digest; the next four bytes stand there. */
const PLACES = 65_536;
const INDEX_BYTES = 4 * (PLACES + 1);

/**
 * Packs texts into a table: how many entries stand before each place, then the entries, all as big-endian 32-bit numbers.
 * The same texts give the same bytes, in whatever order they come.
 *
 * An entry is 48 bits of SHA-256, so that a text which is none of n is taken for one with a probability of n / 2^48.
 */
export const packDigestTable = (texts: Iterable<string>): Buffer => {
  const entries = Float64Array.from(new Set(texts), (text) => digestOf(text).readUIntBE(0, 6)).sort();
  const table = Buffer.alloc(INDEX_BYTES + 4 * entries.length);
  let place = 0;
  for (const [count, entry] of entries.entries()) {
    for (const end = Math.floor(entry / 2 ** 32); place <= end; place += 1) table.writeUInt32BE(count, 4 * place);
    table.writeUInt32BE(entry % 2 ** 32, INDEX_BYTES + 4 * count);
  }
  for (; place <= PLACES; place += 1) table.writeUInt32BE(entries.length, 4 * place);
  return table;
};

/** Reads a table where it lies. @throws Error when it is damaged */
export const readDigestTable = (table: Buffer): DigestTable => {
  const isWhole = table.length >= INDEX_BYTES && table.length === INDEX_BYTES + 4 * table.readUInt32BE(4 * PLACES);
  if (!isWhole) throw new Error('The table of digests is damaged.');
  return {
    has(text) {
      const digest = digestOf(text);
      const [place, entry] = [digest.readUInt16BE(0), digest.readUInt32BE(2)];
      const end = INDEX_BYTES + 4 * table.readUInt32BE(4 * (place + 1));
      for (let at = INDEX_BYTES + 4 * table.readUInt32BE(4 * place); at < end; at += 4) {
        if (table.readUInt32BE(at) === entry) return true;
      }
      return false;
    },
  };
};

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');
