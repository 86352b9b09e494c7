import { createHash } from 'node:crypto';

/** A set of addresses of bounded size, which represents each address by eight bytes. */
export interface AddressSet {
  /** Adds an address and returns whether the set contained it before. */
  add(emailCanonical: string): boolean;
}

const INITIAL_SLOTS = 2 ** 10;
/** Four million addresses in 64 MiB. */
const MAX_SLOTS = 2 ** 23;

/**
 * Creates a set for the addresses in a file of any length. Its size is bounded and small compared with the file. Once the
 * set is full, further addresses are not added.
 *
 * The set stores 63 bits of the SHA-256 digest of each address, in a hash table that is at most half full. The
 * probability that any two of four million addresses collide is one in a million.
 *
 * @param maxSlots a power of 2
 */
export const createAddressSet = (maxSlots = MAX_SLOTS): AddressSet => {
  let table = new BigUint64Array(Math.min(INITIAL_SLOTS, maxSlots));
  let count = 0;

  return {
    add(emailCanonical) {
      const fingerprint = createHash('sha256').update(emailCanonical).digest().readBigUInt64LE() | 1n;
      if (table[slotOf(table, fingerprint)] === fingerprint) return true;
      if (2 * (count + 1) > table.length) {
        if (table.length >= maxSlots) return false;
        table = doubleTable(table);
      }
      table[slotOf(table, fingerprint)] = fingerprint;
      count += 1;
      return false;
    },
  };
};

/** The slot of a fingerprint, or the free slot where it belongs. A free slot contains 0, which is not a fingerprint. */
const slotOf = (table: BigUint64Array, fingerprint: bigint): number => {
  const mask = table.length - 1;
  let slot = Number((fingerprint >> 1n) & BigInt(mask));
  while (table[slot] !== 0n && table[slot] !== fingerprint) slot = (slot + 1) & mask;
  return slot;
};

const doubleTable = (table: BigUint64Array): BigUint64Array<ArrayBuffer> => {
  const larger = new BigUint64Array(2 * table.length);
  for (const fingerprint of table) if (fingerprint !== 0n) larger[slotOf(larger, fingerprint)] = fingerprint;
  return larger;
};
