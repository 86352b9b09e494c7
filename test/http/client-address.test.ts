import type { IncomingMessage } from 'node:http';

import { pino } from 'pino';

import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/config.js';
import { createClientAddress } from '../../src/http/client-address.js';

const trust = (TRUST_PROXY: string): Config['trustProxy'] => loadConfig({ NODE_ENV: 'test', TRUST_PROXY }).trustProxy;

const warnings: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) });

beforeEach(() => {
  warnings.length = 0;
});

const requestFrom = (remoteAddress: string | undefined, forwardedFor?: string) => {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
};

const addressOf = (TRUST_PROXY: string, peer: string | undefined, forwardedFor?: string) =>
  createClientAddress(trust(TRUST_PROXY), log)(requestFrom(peer, forwardedFor)).address;

const peer = '10.0.0.1';

describe('an entry of X-Forwarded-For', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['203.0.113.7:0', '203.0.113.7'],
    [' \t203.0.113.7 ', '203.0.113.7'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['"203.0.113.7:4711"', '203.0.113.7'],
    ['[203.0.113.7]', '203.0.113.7'],
    ['[203.0.113.7]:4711', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['"[2001:db8::1]:4711"', '2001:db8::1'],
    ['"2001:db8::1"', '2001:db8::1'],
    ['2001:db8:1:2:3:4:5:6:4711', '2001:db8:1:2:3:4:5:6'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:4711', 'fe80::1'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['[::FFFF:cb00:7107]:4711', '::FFFF:cb00:7107'],
    ['64:ff9b::203.0.113.7', '64:ff9b::203.0.113.7'],
  ])('is read: %j', (entry, address) => {
    expect(addressOf('1', peer, entry)).toBe(address);
    expect(addressOf('10.0.0.0/8', peer, entry)).toBe(address);
    expect(warnings).toEqual([]);
  });

  it.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    'unix:',
    'localhost',
    'example.com',
    '[]',
    '[]:80',
    '""',
    '"203.0.113.7',
    '[203.0.113.7',
    '203.0.113.7]',
    '[[2001:db8::1]]',
    '203.0.113.7:port',
    '203.0.113.7:123456',
    '203.0.113.7:80:80',
    '203.0.113.0/24',
    '203.0.113.007',
    '203.0.113',
    '3405803783',
    '0xcb.0.113.7',
    'http://203.0.113.7',
    'for=203.0.113.7',
    '203.0.113.7;',
    '\u0000',
    '２０３.0.113.7',
  ])('is unreadable: %j', (entry) => {
    expect(addressOf('1', peer, entry)).toBe('unreadable');
    expect(addressOf('10.0.0.0/8', peer, entry)).toBe('unreadable');
  });

  it('is named in the log when it is unreadable, once and without its text', () => {
    const addressFor = createClientAddress(1, log);
    for (const entry of ['canary-1', 'canary-2', ''])
      expect(addressFor(requestFrom(peer, entry)).address).toBe('unreadable');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('X-Forwarded-For');
    expect(warnings[0]).not.toContain('canary');
  });
});

describe('the client behind a number of proxies', () => {
  it.each([
    ['1', undefined, peer],
    ['1', '203.0.113.7', '203.0.113.7'],
    ['1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['1', '198.51.100.1, 203.0.113.7:4711', '203.0.113.7'],
    ['1', '198.51.100.1,', 'unreadable'],
    ['1', '198.51.100.1, unknown', 'unreadable'],
    ['1', 'unknown, 203.0.113.7', '203.0.113.7'],
    ['1', ',,203.0.113.7', '203.0.113.7'],
    ['2', '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    ['2', '203.0.113.7', '203.0.113.7'],
    ['2', '198.51.100.1, unknown', '198.51.100.1'],
    ['2', 'unknown, 203.0.113.7', 'unreadable'],
    ['2', '', 'unreadable'],
    ['10', '198.51.100.1, 203.0.113.7', '198.51.100.1'],
  ])('is found behind %s: %j', (TRUST_PROXY, forwardedFor, address) => {
    expect(addressOf(TRUST_PROXY, peer, forwardedFor)).toBe(address);
  });
});

describe('the client behind proxies that are named', () => {
  it.each([
    ['10.0.0.0/8', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['10.0.0.0/8', '203.0.113.7, 10.0.0.2:8080', '203.0.113.7'],
    ['10.0.0.0/8', '203.0.113.7, "[::ffff:10.0.0.2]:8080"', '203.0.113.7'],
    ['10.0.0.0/8', '203.0.113.7, ::ffff:a00:2', '203.0.113.7'],
    ['10.1.2.3/8', '203.0.113.7, 10.200.0.1', '203.0.113.7'],
    ['10.0.0.1', '203.0.113.7, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.0/8,fd00::/8', '203.0.113.7, [fd00::2]:8080', '203.0.113.7'],
    ['10.0.0.0/8', '198.51.100.1, unknown, 10.0.0.2', 'unreadable'],
    ['10.0.0.0/8', '198.51.100.1,, 10.0.0.2', 'unreadable'],
    ['10.0.0.0/8', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.0/8', '203.0.113.7, 64:ff9b::10.0.0.2', '64:ff9b::10.0.0.2'],
    ['::ffff:10.0.0.0/104', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['198.51.100.1', '203.0.113.7', peer],
  ])('is found behind %s: %j', (TRUST_PROXY, forwardedFor, address) => {
    expect(addressOf(TRUST_PROXY, peer, forwardedFor)).toBe(address);
  });

  it('is found when the peer is written as IPv6', () => {
    expect(addressOf('10.0.0.0/8', '::ffff:10.0.0.1', '203.0.113.7')).toBe('203.0.113.7');
    expect(addressOf('fe80::/10', 'fe80::1%eth0', '203.0.113.7')).toBe('203.0.113.7');
  });
});

describe('a client without a proxy', () => {
  it('has the address of its connection, whatever it writes', () => {
    expect(addressOf('false', '203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
  });

  it('is unreadable when its connection has gone, and no proxy is blamed', () => {
    expect(addressOf('false', undefined)).toBe('unreadable');
    expect(addressOf('1', undefined)).toBe('unreadable');
    expect(warnings).toEqual([]);
  });
});
