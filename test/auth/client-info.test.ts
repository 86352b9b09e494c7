import { deviceOf, networkOf, networkShown, UNREADABLE_NETWORK } from '../../src/auth/client-info.js';
import { measureCpu } from '../support/cpu.js';

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['127.0.0.1', '127.0.0.0/24'],
    ['255.255.255.255', '255.255.255.0/24'],
  ])('names the /24 of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['fe80:1:2:3::1%eth0', 'fe80:1:2:3::/64'],
    ['fe80:1:2:3::1%25eth0', 'fe80:1:2:3::/64'],
  ])('names the /64 of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  // RFC 5952, as Client.network says
  it.each([
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
  ])('names the /64 of %s in its shortest spelling', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  // CVE-2026-45364: each spelling had a budget of its own
  it.each([
    '::ffff:203.0.113.7',
    '::FFFF:203.0.113.7',
    '::ffff:cb00:7107',
    '0:0:0:0:0:ffff:203.0.113.7',
    '::ffff:203.0.113.7%eth0',
  ])('takes %s for the IPv4 address that it stands for', (address) => {
    expect(networkOf(address)).toBe('203.0.113.0/24');
  });

  // RFC 3056
  it.each(['2002:cb00:7107::', '2002:cb00:7107:1::1', '2002:CB00:7107:ffff:1:2:3:4'])(
    'takes %s for the IPv4 address of its tunnel',
    (address) => {
      expect(networkOf(address)).toBe('203.0.113.0/24');
    },
  );

  // RFC 6052: what a client of an IPv6-only network has, whose provider gives all of them few IPv4 addresses
  it.each(['64:ff9b::203.0.113.7', '64:FF9B::cb00:7107', '0064:ff9b:0:0:0:0:cb00:7107', '64:ff9b::203.0.113.7%eth0'])(
    'takes %s for the IPv4 address that is translated to it',
    (address) => {
      expect(networkOf(address)).toBe('203.0.113.0/24');
    },
  );

  it.each([
    ['64:ff9b:1::203.0.113.7', '64:ff9b:1::/64'],
    ['64:ff9b::1:cb00:7107', '64:ff9b::/64'],
    ['::203.0.113.7', '::/64'],
  ])('takes %s for no IPv4 address', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    '',
    'unknown',
    'localhost',
    '203.0.113',
    '203.0.113.7.1',
    '256.0.0.1',
    '203.0.113.7/24',
    ':::',
    '[::1]',
    '::ffff:',
    '%eth0',
  ])('knows no network of %j', (address) => {
    expect(networkOf(address)).toBeNull();
  });
});

describe('networkShown', () => {
  it('returns null for an unreadable network, and any other network unchanged', () => {
    expect(networkShown(UNREADABLE_NETWORK)).toBeNull();
    expect(networkShown('203.0.113.0/24')).toBe('203.0.113.0/24');
    expect(networkShown(null)).toBeNull();
  });
});

describe('deviceOf', () => {
  it.each([
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    [
      'Chrome on Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    ],
    [
      'Edge on Windows',
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36 Edg/138.0',
    ],
    [
      'Edge on Android',
      'Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Mobile Safari/537.36 EdgA/138.0',
    ],
    [
      'Opera on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36 OPR/120.0',
    ],
    [
      'Safari on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    ],
    [
      'Safari on iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    ],
    [
      'Chrome on iPad',
      'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1',
    ],
    [
      'Firefox on iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15',
    ],
    [
      'Chrome on Android',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
    ],
    [
      'Chrome on ChromeOS',
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    ],
    ['Android app', 'okhttp/4.12.0'],
    ['Apple app', 'Gatehouse/1 CFNetwork/1498.700.2 Darwin/23.6.0'],
    ['curl', 'curl/8.14.1'],
    ['Node.js', 'node'],
    ['Linux', 'Some program (Linux x86_64)'],
  ])('recognises %s', (device, userAgent) => {
    expect(deviceOf(userAgent)).toBe(device);
  });

  it.each([null, '', 'Mozilla/5.0', 'a program called Chrome', 'nodejs', '\u0000\n'])(
    'recognises nothing in %j',
    (userAgent) => {
      expect(deviceOf(userAgent)).toBeNull();
    },
  );

  it('takes a few milliseconds for the longest header there can be', async () => {
    const { result, cpuMilliseconds } = await measureCpu(() => Promise.resolve(deviceOf('Mac OS '.repeat(2400))));
    expect(result).toBeNull();
    expect(cpuMilliseconds).toBeLessThan(100);
  });
});
