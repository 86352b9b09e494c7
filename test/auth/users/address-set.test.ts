import { createAddressSet } from '../../../src/auth/users/address-set.js';

const addresses = Array.from({ length: 5000 }, (_, index) => `user-${index}@example.com`);

describe('addresses of a file', () => {
  it('are known the second time, and never the first, however many there are', () => {
    const seen = createAddressSet();
    expect(addresses.filter((address) => seen.add(address))).toEqual([]);
    expect(addresses.filter((address) => !seen.add(address))).toEqual([]);
  });

  it('are forgotten beyond the limit, and never confused with others', () => {
    const seen = createAddressSet(1024);
    expect(addresses.filter((address) => seen.add(address))).toEqual([]);
    expect(addresses.filter((address) => seen.add(address))).toEqual(addresses.slice(0, 512));
  });
});
