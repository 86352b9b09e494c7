import { isIP } from 'node:net';

/** The `client_id` of sessions that Gatehouse's own GraphQL API starts. */
export const FIRST_PARTY_CLIENT_ID = 'gatehouse';

/** The network of all clients whose address cannot be read. They share one rate limit, and events record this value. */
export const UNREADABLE_NETWORK = 'unreadable';

/** The network to show to a user; null when the address could not be read. */
export const networkShown = (network: string | null): string | null =>
  network === UNREADABLE_NETWORK ? null : network;

/**
 * Names the network of an address: /24 of IPv4, /64 of IPv6, the smallest that one customer is given. An IPv4 address in
 * any IPv6 spelling (`::ffff:203.0.113.7`, `::ffff:cb00:7107`) or behind a translator (`64:ff9b::203.0.113.7`,
 * `2002:cb00:7107::`) is the IPv4 address it stands for.
 *
 * @see RFC 6052 section 2.1
 */
export const networkOf = (address: string): string | null => {
  const plain = address.replace(/%.*$/, '');
  switch (isIP(plain)) {
    case 4:
      return ipv4Network(plain.split('.').map(Number));
    case 6:
      return ipv6Network(groupsOf(plain));
    default:
      return null;
  }
};

const ipv4Network = (bytes: readonly number[]) => `${bytes.slice(0, 3).join('.')}.0/24`;

/** `::ffff:0:0/96` and `64:ff9b::/96`, each as its six groups. */
const ipv4Prefixes = [[0, 0, 0, 0, 0, 0xffff].join(':'), [0x64, 0xff9b, 0, 0, 0, 0].join(':')];

/** `2002::/16`, whose next 32 bits are the IPv4 address of the tunnel. @see RFC 3056 section 2 */
const SIX_TO_FOUR = 0x2002;

const bytesOf = (high: number, low: number) => [high >> 8, high & 0xff, low >> 8, low & 0xff];

const ipv6Network = (groups: readonly number[]): string => {
  const [high = 0, low = 0] = groups.slice(6);
  const prefixOfIpv4 = groups.slice(0, 6).join(':');
  if (ipv4Prefixes.includes(prefixOfIpv4)) return ipv4Network(bytesOf(high, low));
  const [first, second = 0, third = 0] = groups;
  if (first === SIX_TO_FOUR) return ipv4Network(bytesOf(second, third));
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${canonical(`${prefix.join(':')}::`)}/64`;
};

/** The one spelling of RFC 5952, as URLs have it. */
const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

const groupsOf = (address: string): number[] => {
  const [head = '', tail] = canonical(address).split('::');
  const parse = (groups: string) => (groups === '' ? [] : groups.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [parse(head), parse(tail ?? '')];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
};

// The order matters: Edge and Opera also say Chrome, and Chrome also says Safari.
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

/** Names a device as its owner would recognise it, such as `Firefox on Linux`; null when the user agent says nothing. */
export const deviceOf = (userAgent: string | null): string | null => {
  if (userAgent === null) return null;
  const named = (table: typeof programs) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = named(programs);
  const system = named(systems);
  return program && system ? `${program} on ${system}` : (program ?? system ?? null);
};
