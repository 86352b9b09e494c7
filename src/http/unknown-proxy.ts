import { BlockList } from 'node:net';

import type { FastifyBaseLogger, FastifyRequest } from 'fastify';

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
 * A caller from the Internet who sends the header itself came through no proxy, and gets out of no limit.
 */
export const createUnknownProxyCheck = (
  trustProxy: boolean | number | readonly string[],
  log: FastifyBaseLogger,
): ((request: FastifyRequest) => boolean) => {
  let isWarned = false;
  return ({ headers, socket }) => {
    const { remoteAddress = '', remoteFamily } = socket;
    if (trustProxy !== false || headers['x-forwarded-for'] === undefined) return false;
    if (!nearby.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) return false;
    if (!isWarned)
      log.warn('X-Forwarded-For comes from a proxy that TRUST_PROXY does not name: no limit counts by network');
    isWarned = true;
    return true;
  };
};
