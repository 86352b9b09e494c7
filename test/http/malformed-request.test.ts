import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { pino } from 'pino';

import { errorBody } from '../../src/http/errors.js';
import { createMalformedRequests } from '../../src/http/malformed-request.js';

/** Returns what a client receives, and the log, after Node has given up reading its request with an error code. */
const respondTo = async (code: string, isHttps = true) => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const { handle } = createMalformedRequests(log, {
    isHttps,
    isSchemaPublic: false,
    onErrorSent: () => undefined,
  });
  const server = createServer((socket) => {
    socket.once('data', () => {
      handle({ code }, socket);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('the secret 4711');
  const [head = '', body = ''] = (await text(client)).split('\r\n\r\n');
  server.close();
  return { head, body, log: lines.join('') };
};

describe('a request that Node cannot read', () => {
  it.each([
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Payload Too Large'],
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
    ['HPE_INVALID_METHOD', '400 Bad Request'],
  ])('has the status of its cause and closes the connection: %s', async (code, status) => {
    const { head, body } = await respondTo(code);
    expect(head.startsWith(`HTTP/1.1 ${status}\r\n`)).toBe(true);
    expect(head).toContain('Connection: close');
    expect(JSON.parse(body)).toEqual(errorBody('BAD_REQUEST'));
  });

  it('has the security headers of every other response', async () => {
    const { head } = await respondTo('HPE_INVALID_METHOD');
    expect(head).toContain("Content-Security-Policy: default-src 'none'");
    expect(head).toContain('Strict-Transport-Security: ');
    expect((await respondTo('HPE_INVALID_METHOD', false)).head).not.toContain('Strict-Transport-Security');
  });

  it('is logged with the id of the response and without its bytes', async () => {
    const { head, log } = await respondTo('HPE_INVALID_METHOD');
    expect(log).toContain(/X-Request-Id: (\S+)/.exec(head)?.[1]);
    expect(log).not.toContain('4711');
  });
});
