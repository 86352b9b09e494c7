import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

/** Where proxies are: this machine, and networks that are nobody's on the Internet. @see RFC 1918, 3927, 4193, 6598 */
const nearby = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  nearby.addSubnet(network, prefix, 'ipv4');
nearby.addAddress('::1', 'ipv6');
nearby.addSubnet('fc00::', 7, 'ipv6');
nearby.addSubnet('fe80::', 10, 'ipv6');

/**
 * Says whether a request came through a proxy that TRUST_PROXY does not name, and warns of the first. All who come through
 * it have its address: limits on that one address would let a single caller shut everybody out.
 *
 * A caller whose own address arrives here gets out of no limit by sending the header. Where a balancer that writes no header
 * puts its private address in the place of the caller's, it does get out of the limit by network; the limit by address of
 * mail holds all the same.
 */
export const createUnknownProxyCheck = (
  log: FastifyBaseLogger,
): ((request: IncomingMessage, isPeerTrusted: boolean) => boolean) => {
  let isWarned = false;
  return ({ headers, socket }, isPeerTrusted) => {
    const { remoteAddress, remoteFamily } = socket;
    if (isPeerTrusted || headers['x-forwarded-for'] === undefined || remoteAddress === undefined) return false;
    if (!nearby.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) return false;
    if (!isWarned)
      log.warn('X-Forwarded-For comes from a proxy that TRUST_PROXY does not name: no limit counts by network');
    isWarned = true;
    return true;
  };
};
