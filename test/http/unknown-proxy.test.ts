import { pino } from 'pino';

import { createUnknownProxyCheck } from '../../src/http/unknown-proxy.js';
import { startApp } from '../support/app.js';
import { RequestPasswordResetDocument } from '../support/generated/operations.js';

const ACCEPTED = 'RequestPasswordResetSuccess';
const LIMITED = 'RateLimitedError';

const forwarded = { 'x-forwarded-for': '203.0.113.7' };

const cameThrough = (remoteAddress: string, headers: object = forwarded) => {
  const remoteFamily = remoteAddress.includes(':') ? 'IPv6' : 'IPv4';
  const request = { headers, socket: { remoteAddress, remoteFamily } };
  const check = createUnknownProxyCheck(pino({ level: 'silent' }));
  return check(request as unknown as Parameters<typeof check>[0], false);
};

describe('a proxy that TRUST_PROXY does not name', () => {
  it.each(['127.0.0.1', '10.1.2.3', '172.31.0.9', '192.168.1.1', '100.64.0.1', '::1', 'fd00::7', '::ffff:10.0.0.1'])(
    'is seen at %s',
    (address) => {
      expect(cameThrough(address)).toBe(true);
    },
  );

  it('is not looked for without X-Forwarded-For', () => {
    expect(cameThrough('10.1.2.3', {})).toBe(false);
  });

  it.each([
    ['127.0.0.0/8', [ACCEPTED, ACCEPTED, LIMITED]],
    ['10.0.0.0/8', [ACCEPTED, ACCEPTED, ACCEPTED]],
  ])('is none when TRUST_PROXY names it, and one when it names others: %s', async (TRUST_PROXY, results) => {
    const app = await startApp({ MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '2', TRUST_PROXY });
    const ask = () => app.send(RequestPasswordResetDocument, { input: { email: 'a@example.com' } }, forwarded);
    const answers = [await ask(), await ask(), await ask()];
    await app.close();
    expect(answers.map(({ data }) => data?.requestPasswordReset.__typename)).toEqual(results);
  });

  it.each(['198.51.100.4', '172.32.0.1', '2001:db8::1', '::ffff:198.51.100.4'])(
    'is no caller from the Internet who says so itself: %s',
    (address) => {
      expect(cameThrough(address)).toBe(false);
    },
  );

  it('does not let one client exhaust the limit of all others, and is logged once', async () => {
    const app = await startApp({ MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '2' });
    const ask = (headers: Record<string, string>) =>
      app.send(RequestPasswordResetDocument, { input: { email: 'a@example.com' } }, headers);
    const behind = [await ask(forwarded), await ask(forwarded), await ask(forwarded)];
    expect(behind.map(({ data }) => data?.requestPasswordReset.__typename)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
    const past = [await ask({}), await ask({}), await ask({})];
    expect(past.map(({ data }) => data?.requestPasswordReset.__typename)).toEqual([ACCEPTED, ACCEPTED, LIMITED]);
    expect(app.log.filter((line) => line.includes('TRUST_PROXY'))).toHaveLength(1);
    await app.close();
  });
});
