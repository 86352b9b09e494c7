import { isIP } from 'node:net';

import type { ClientRanges } from '../values/client-ranges.js';

/** The `client_id` of sessions that Gatehouse's own GraphQL API starts. */
export const FIRST_PARTY_CLIENT_ID = 'gatehouse';

/** The network of all clients whose address cannot be read. They share one rate limit, and events record this value. */
export const UNREADABLE_NETWORK = 'unreadable';

/** The network to show to a user; null when the address could not be read. */
export const networkShown = (network: string | null): string | null =>
  network === UNREADABLE_NETWORK ? null : network;

/** The ranges of all clients whose address cannot be read. They share one rate limit. */
export const UNREADABLE_RANGES: ClientRanges = { narrow: UNREADABLE_NETWORK, wide: UNREADABLE_NETWORK };

/**
 * The ranges of an address. An IPv4 address in IPv6 notation (`::ffff:203.0.113.7`, `::ffff:cb00:7107`) or behind a
 * translator (`64:ff9b::203.0.113.7`, `2002:cb00:7107::`) counts as the IPv4 address. Null when the text is not an address.
 *
 * @see RFC 6052 section 2.1
 */
export const rangesOf = (address: string): ClientRanges | null => {
  const withoutZone = address.replace(/%.*$/, '');
  switch (isIP(withoutZone)) {
    case 4:
      return ipv4Ranges(withoutZone.split('.').map(Number));
    case 6:
      return ipv6Ranges(groupsOf(withoutZone));
    default:
      return null;
  }
};

/** The network of an address, as events and sessions show it: the /24 of an IPv4 address, the /64 of an IPv6 address. */
export const networkOf = (address: string): string | null => {
  const ranges = rangesOf(address);
  return ranges && (isIP(ranges.narrow) === 4 ? ranges.wide : ranges.narrow);
};

const ipv4Ranges = (bytes: readonly number[]): ClientRanges => ({
  narrow: bytes.join('.'),
  wide: `${bytes.slice(0, 3).join('.')}.0/24`,
});

/** The six groups of `::ffff:0:0/96` and of `64:ff9b::/96`. */
const ipv4Prefixes = [[0, 0, 0, 0, 0, 0xffff].join(':'), [0x64, 0xff9b, 0, 0, 0, 0].join(':')];

/** The 6to4 prefix `2002::/16`. The next 32 bits are the IPv4 address of the tunnel. @see RFC 3056 section 2 */
const SIX_TO_FOUR = 0x2002;

const bytesOf = (high: number, low: number) => [high >> 8, high & 0xff, low >> 8, low & 0xff];

const ipv6Ranges = (groups: readonly number[]): ClientRanges => {
  const [high = 0, low = 0] = groups.slice(6);
  const prefixOfIpv4 = groups.slice(0, 6).join(':');
  if (ipv4Prefixes.includes(prefixOfIpv4)) return ipv4Ranges(bytesOf(high, low));
  const [first, second = 0, third = 0] = groups;
  if (first === SIX_TO_FOUR) return ipv4Ranges(bytesOf(second, third));
  return { narrow: ipv6Block(groups, 64), wide: ipv6Block(groups, 48) };
};

const ipv6Block = (groups: readonly number[], bits: 48 | 64): string => {
  const prefix = groups.slice(0, bits / 16).map((group) => group.toString(16));
  return `${canonicalIpv6(`${prefix.join(':')}::`)}/${bits}`;
};

/** Formats an IPv6 address as RFC 5952 requires, which the URL parser does. */
const canonicalIpv6 = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

const groupsOf = (address: string): number[] => {
  const [head = '', tail] = canonicalIpv6(address).split('::');
  const parse = (groups: string) => (groups === '' ? [] : groups.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [parse(head), parse(tail ?? '')];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
};

// The order matters: Edge and Opera also contain `Chrome`, and Chrome also contains `Safari`.
const programs: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/\bcurl\//, 'curl'],
  [/\bokhttp\//, 'Android app'],
  [/\bCFNetwork\//, 'Apple app'],
  [/^node\b/, 'Node.js'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** A device name that its owner recognizes, such as `Firefox on Linux`; null when the user agent is not recognized. */
export const deviceOf = (userAgent: string | null): string | null => {
  if (userAgent === null) return null;
  const firstMatch = (table: typeof programs) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = firstMatch(programs);
  const system = firstMatch(systems);
  return program && system ? `${program} on ${system}` : (program ?? system ?? null);
};
