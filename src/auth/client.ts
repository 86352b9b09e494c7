import { isIP } from 'node:net';

/**
 * Names the network of an address: /24 of IPv4, /64 of IPv6, the smallest that one customer is given. An IPv4 address
 * in IPv6 spelling (`::ffff:203.0.113.7`) is the IPv4 address it stands for.
 */
export const networkOf = (address: string): string | null => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  switch (isIP(plain)) {
    case 4:
      return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`;
    case 6:
      return `${ipv6Groups(plain).slice(0, 4).join(':')}::/64`;
    default:
      return null;
  }
};

const ipv6Groups = (address: string): string[] => {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
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
