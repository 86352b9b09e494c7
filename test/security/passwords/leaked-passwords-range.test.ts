import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import {
  createLeakedPasswordsRange,
  type RangeOptions,
} from '../../../src/security/passwords/leaked-passwords-range.js';

const PASSWORD = 'quarrelsome badger orchid';
const digest = createHash('sha1').update(PASSWORD).digest('hex').toUpperCase();
const [prefix, suffix] = [digest.slice(0, 5), digest.slice(5)];
const others = Array.from({ length: 800 }, (_, index) => `${index.toString(16).toUpperCase().padStart(35, '0')}:3`);

let answer: (response: ServerResponse) => void;
const requests: IncomingMessage[] = [];
const failures: string[] = [];
let url: string;

const server = createServer((request, response) => {
  requests.push(request);
  answer(response);
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`;
});

beforeEach(() => {
  requests.length = 0;
  failures.length = 0;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const list = (...lines: readonly string[]) => {
  answer = (response) => response.end(lines.join('\r\n'));
};

/** Longer than a loaded machine needs for any response that a test waits for. */
const PATIENCE_SECONDS = 600;

const hasLeaked = (options: Partial<RangeOptions> = {}) =>
  createLeakedPasswordsRange({
    url,
    timeoutSeconds: PATIENCE_SECONDS,
    fail: 'open',
    onFailure: ({ message }) => failures.push(message),
    ...options,
  })(PASSWORD);

describe('range of leaked passwords', () => {
  it('receives five characters of the digest and the request for padding, and nothing else', async () => {
    list(...others);
    await hasLeaked();
    const [request] = requests;
    expect(requests).toHaveLength(1);
    expect(request?.method).toBe('GET');
    expect(request?.url).toBe(`/range/${prefix}`);
    expect(request?.headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'gatehouse' });
    expect(JSON.stringify(request?.rawHeaders)).not.toContain(suffix.slice(0, 5));
  });

  it('finds what has leaked, in either case of its digits and at any line', async () => {
    list(...others, `${suffix}:17`);
    expect(await hasLeaked()).toBe(true);
    list(`${suffix.toLowerCase()}:1`, '');
    expect(await hasLeaked()).toBe(true);
    list(...others);
    expect(await hasLeaked()).toBe(false);
    expect(failures).toEqual([]);
  });

  it('ignores padding', async () => {
    list(...others, `${suffix}:0`);
    expect(await hasLeaked()).toBe(false);
    expect(failures).toEqual([]);
  });

  it('treats both encodings of a letter as one password', async () => {
    const composed = createHash('sha1').update('caf\u00e9 quarrelsome').digest('hex').slice(5);
    list(`${composed}:1`);
    const ask = createLeakedPasswordsRange({ url, timeoutSeconds: PATIENCE_SECONDS, fail: 'open' });
    expect(await ask('cafe\u0301 quarrelsome')).toBe(true);
  });

  describe.each([
    [
      'is slow to begin',
      'no response in time',
      () => {
        answer = () => undefined;
      },
    ],
    [
      'is slow to end',
      'no response in time',
      () => {
        answer = (response) => response.write(`${suffix}:1\r\n`);
      },
    ],
    [
      'hangs up',
      'no connection',
      () => {
        answer = (response) => response.destroy();
      },
    ],
    [
      'fails',
      'a response with status 500',
      () => {
        answer = (response) => response.writeHead(500).end(`${suffix}:1`);
      },
    ],
    [
      'asks to come later',
      'a response with status 429',
      () => {
        answer = (response) => response.writeHead(429, { 'retry-after': '2' }).end();
      },
    ],
    ['answers with a page', 'a response that is not a list of digests', () => list('<!doctype html>', `${suffix}:1`)],
    ['answers with nothing', 'a response that is not a list of digests', () => list('')],
    [
      'answers with one line that is none',
      'a response that is not a list of digests',
      () => list(...others, 'X', `${suffix}:1`),
    ],
    [
      'answers without an end in sight',
      'a response of more than 524288 bytes',
      () => {
        const block = `${others.join('\r\n')}\r\n`.repeat(10);
        answer = (response) => {
          const write = () => {
            while (!response.destroyed && response.write(block));
          };
          response.on('drain', write);
          write();
        };
      },
    ],
    [
      'redirects',
      'a response with status 302',
      () => {
        answer = (response) => response.writeHead(302, { location: `${url}${prefix}` }).end();
      },
    ],
  ])('when it %s', (_what, reason, misbehave) => {
    const isSlow = reason === 'no response in time';
    const timeoutSeconds = isSlow ? 0.2 : PATIENCE_SECONDS;
    /** Asked once. On a loaded machine the time may be over before the question has reached the service. */
    const expectOneRequest = () => {
      expect(requests.length).toBeLessThanOrEqual(1);
      if (!isSlow) expect(requests).toHaveLength(1);
    };

    it('accepts the password when it may fail open, and reports the reason', async () => {
      misbehave();
      expect(await hasLeaked({ timeoutSeconds })).toBe(false);
      expect(failures).toEqual([reason]);
      expectOneRequest();
    });

    it('returns SERVICE_UNAVAILABLE when it must fail closed', async () => {
      misbehave();
      await expect(hasLeaked({ timeoutSeconds, fail: 'closed' })).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        detail: { retryAfterSeconds: 5, cause: { message: reason } },
      });
      expectOneRequest();
    });
  });

  it('handles sixteen requests at once; 256 more wait, and no more', async () => {
    const waiting: ServerResponse[] = [];
    answer = (response) => waiting.push(response);
    const ask = createLeakedPasswordsRange({
      url,
      timeoutSeconds: PATIENCE_SECONDS,
      fail: 'open',
      onFailure: ({ message }) => failures.push(message),
    });
    const asking = Array.from({ length: 16 + 256 }, () => ask(PASSWORD));
    expect(await ask(PASSWORD)).toBe(false);
    expect(failures).toEqual(['16 requests are in progress and 256 are waiting']);
    while (waiting.length < 16) await delay(1);
    expect(waiting).toHaveLength(16);
    answer = (response) => response.end(`${suffix}:1`);
    const release = setInterval(() => waiting.splice(0).forEach(answer), 10);
    expect(await Promise.all(asking)).toEqual(Array(16 + 256).fill(true));
    clearInterval(release);
  });

  it('reports a failure without the password or its digest', async () => {
    const ask = createLeakedPasswordsRange({
      url: 'http://127.0.0.1:1/range/',
      timeoutSeconds: PATIENCE_SECONDS,
      fail: 'closed',
      onFailure: (error) => failures.push(`${error.stack}`),
    });
    const error: unknown = await ask(PASSWORD).catch((thrown: unknown) => thrown);
    const told = `${failures.join()} ${(error as Error).stack} ${JSON.stringify(error)}`;
    expect(told).toContain('no connection');
    expect(told).not.toContain(PASSWORD);
    expect(told).not.toContain(prefix);
  });
});
