import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

import { errorBody } from './errors.js';
import { securityHeaders } from './security-headers.js';

const statusByCode: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * Makes the handler of what Node gives up reading: bytes that are no HTTP request, a head that is too long, a client that is
 * too slow. It writes the response by hand, since there is no reply yet, and logs nothing of what was sent.
 *
 * @param isHttps whether PUBLIC_URL is an https:// URL
 */
export const createMalformedRequestHandler = (log: FastifyBaseLogger, isHttps: boolean) => {
  const headers = Object.entries(securityHeaders(isHttps)).map(([name, value]) => `${name}: ${value}`);
  const body = JSON.stringify(errorBody('BAD_REQUEST'));
  return ({ code }: { readonly code?: string }, socket: Socket): void => {
    if (socket.writable) {
      const status = statusByCode[code ?? ''] ?? 400;
      const reqId = randomUUID();
      const response = [
        `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
        'Connection: close',
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${String(Buffer.byteLength(body))}`,
        `X-Request-Id: ${reqId}`,
        ...headers,
        '',
        body,
      ];
      socket.write(response.join('\r\n'));
      log.info({ reqId, code, statusCode: status, remoteAddress: socket.remoteAddress }, 'malformed request');
    }
    // Not `end`: a client that never closes its side would keep the connection for ever.
    socket.destroySoon();
  };
};
