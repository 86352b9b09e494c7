import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

import type { Config } from '../config/config.js';

export interface ClientAddress {
  /** An IP address, or `unreadable`. */
  readonly address: string;
  /** Whether the peer is a proxy that TRUST_PROXY names. */
  readonly isPeerTrusted: boolean;
}

/** Stands for an address that cannot be read, so that the limit by network still applies. */
const UNREADABLE_ADDRESS = 'unreadable';

/**
 * Creates the function that finds the address of a client. It reads the address of the peer and then the entries of
 * X-Forwarded-For from right to left, and returns the first that is not a trusted proxy. The client may have written the
 * entries to its left.
 *
 * An entry that is not an address is `unreadable` and is never skipped, even when it is empty: otherwise the entry to its
 * left would count, which the client can choose. The first unreadable entry is logged.
 */
export const createClientAddress = (
  trustProxy: Config['trustProxy'],
  log: FastifyBaseLogger,
): ((request: IncomingMessage) => ClientAddress) => {
  const isTrusted = trustIn(trustProxy);
  let isWarned = false;
  return ({ headers, socket }) => {
    const peer = addressIn(socket.remoteAddress ?? '');
    const isPeerTrusted = isTrusted(peer, 0);
    if (!isPeerTrusted) return { address: peer, isPeerTrusted };
    const route = [peer, ...forwardedFor(headers).reverse()];
    const address = route.find((entry, hop) => !isTrusted(entry, hop)) ?? route.at(-1) ?? peer;
    if (address === UNREADABLE_ADDRESS && address !== peer && !isWarned) {
      isWarned = true;
      log.warn(
        'X-Forwarded-For contains an entry that is not an IP address: all clients without a readable address share one rate limit',
      );
    }
    return { address, isPeerTrusted };
  };
};

const forwardedFor = (headers: IncomingMessage['headers']): string[] => {
  const header = headers['x-forwarded-for'];
  return header === undefined ? [] : [header].flat().join(',').split(',').map(addressIn);
};

type Trust = (address: string, hop: number) => boolean;

const trustIn = (trustProxy: Config['trustProxy']): Trust => {
  if (trustProxy === false) return () => false;
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy;
  const ranges = new BlockList();
  for (const range of trustProxy) {
    const [network = '', prefix] = range.split('/');
    if (prefix === undefined) ranges.addAddress(network, familyOf(network));
    else ranges.addSubnet(network, Number(prefix), familyOf(network));
  }
  return (address) => isIP(address) !== 0 && ranges.check(address, familyOf(address));
};

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * Returns the address in an entry. Some proxies write it with a port (`203.0.113.7:4711`), in brackets
 * (`[2001:db8::1]:4711`), in quotes, or with a zone (`fe80::1%eth0`).
 */
const addressIn = (entry: string): string => {
  const bare = entry.trim().replace(/^"(.*)"$/, '$1');
  const address = [bare, bare.replace(/:\d{1,5}$/, '')]
    .map((text) => text.replace(/^\[(.*)\]$/, '$1'))
    .find((text) => isIP(text) !== 0);
  return address?.replace(/%.*$/, '') ?? UNREADABLE_ADDRESS;
};
