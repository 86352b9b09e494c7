import { createHash } from 'node:crypto';

/** Remembers addresses, each by eight bytes, and up to a bound. */
export interface AddressSet {
  /** Adds an address, and answers whether it was there before. */
  add(emailCanonical: string): boolean;
}

const SLOTS_AT_FIRST = 2 ** 10;
/** Four million addresses in 64 MiB. */
const SLOTS_MAX = 2 ** 23;

/**
 * Makes a memory of addresses for a file of any length: small beside the file, and bounded. Those that come after its bound
 * is reached are not remembered.
 *
 * It holds 63 bits of each SHA-256, in a table that is at most half full. Among four million the odds that any two share
 * them are one in a million.
 *
 * @param slotsMax a power of 2
 */
export const createAddressSet = (slotsMax = SLOTS_MAX): AddressSet => {
  let table = new BigUint64Array(Math.min(SLOTS_AT_FIRST, slotsMax));
  let count = 0;

  return {
    add(emailCanonical) {
      const print = createHash('sha256').update(emailCanonical).digest().readBigUInt64LE() | 1n;
      if (table[placeOf(table, print)] === print) return true;
      if (2 * (count + 1) > table.length) {
        if (table.length >= slotsMax) return false;
        table = doubled(table);
      }
      table[placeOf(table, print)] = print;
      count += 1;
      return false;
    },
  };
};

/** Where a print stands, or the free place where it belongs; a free place holds 0, which is no print. */
const placeOf = (table: BigUint64Array, print: bigint): number => {
  const mask = table.length - 1;
  let place = Number((print >> 1n) & BigInt(mask));
  while (table[place] !== 0n && table[place] !== print) place = (place + 1) & mask;
  return place;
};

const doubled = (table: BigUint64Array): BigUint64Array<ArrayBuffer> => {
  const larger = new BigUint64Array(2 * table.length);
  for (const print of table) if (print !== 0n) larger[placeOf(larger, print)] = print;
  return larger;
};
