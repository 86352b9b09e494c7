import { isIP } from 'node:net';

/** Whether a host always refers to this machine. Accepts IPv6 addresses with and without brackets. */
export const isLoopback = (hostname: string): boolean => {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
};
