import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

/** The networks in which proxies run: loopback and private networks. @see RFC 1918, 3927, 4193, 6598 */
const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateNetworks.addSubnet(network, prefix, 'ipv4');
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');
privateNetworks.addSubnet('fe80::', 10, 'ipv6');

/**
 * Creates the function that tells whether a request came through a proxy that TRUST_PROXY does not name. It logs a warning
 * about the first. All clients behind such a proxy have its address, so with a limit by network a single client could lock
 * out all others.
 *
 * A client whose own address is visible here cannot evade a limit by sending X-Forwarded-For. A client behind a load balancer
 * that sends no such header and has a private address can evade the limit by network, but not the limit by email address.
 */
export const createUnknownProxyCheck = (
  log: FastifyBaseLogger,
): ((request: IncomingMessage, isPeerTrusted: boolean) => boolean) => {
  let isWarned = false;
  return ({ headers, socket }, isPeerTrusted) => {
    const { remoteAddress, remoteFamily } = socket;
    if (isPeerTrusted || headers['x-forwarded-for'] === undefined || remoteAddress === undefined) return false;
    if (!privateNetworks.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) return false;
    if (!isWarned)
      log.warn(
        'X-Forwarded-For was received from a proxy that is not in TRUST_PROXY: rate limits by network are disabled for its clients',
      );
    isWarned = true;
    return true;
  };
};
