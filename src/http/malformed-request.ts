import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

import { errorBody, explained } from './errors.js';
import type { RequestObserver } from './request-observer.js';
import { securityHeaders } from './security-headers.js';
import { HEAD_LIMIT_BYTES } from '../values/policy.js';

const statusByCode: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

const explanations: Readonly<Record<number, string>> = {
  400: 'The bytes are not a valid HTTP request.',
  408: 'The request was not complete in time.',
  413: 'The chunk extensions of the body are too long.',
  431: `The request line and the headers are longer than ${String(HEAD_LIMIT_BYTES / 1024)} KiB. Cookies of other servers on the same host are sent too.`,
};

export interface MalformedRequestOptions {
  /** Whether PUBLIC_URL is an https:// URL. */
  readonly isHttps: boolean;
  /** Whether introspection is on: clients then get an explanation in place of the message of the table. */
  readonly isSchemaPublic: boolean;
  readonly onErrorSent: RequestObserver['errorSent'];
}

/** The last request of a connection, and its response. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface MalformedRequests {
  readonly handle: (error: { readonly code?: string }, socket: Socket) => void;
  /** Remembers the last request of each connection. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Creates the handler of requests that Node cannot read: bytes that are not HTTP, a head that is too long, a client that is
 * too slow. It writes the response to the socket, since there is no reply object, and logs none of the received bytes.
 *
 * A request that is complete gets its own response. If the bytes after it caused an error response instead, a login that took
 * place would look refused. Bytes after a response that has started get none: a client would take it for the response to its
 * next request on the connection.
 */
export const createMalformedRequests = (
  log: FastifyBaseLogger,
  { isHttps, isSchemaPublic, onErrorSent }: MalformedRequestOptions,
): MalformedRequests => {
  const exchanges = new WeakMap<Socket, Exchange>();
  const headers = Object.entries(securityHeaders(isHttps)).map(([name, value]) => `${name}: ${value}`);

  const respond = (status: number, reqId: string, socket: Socket): void => {
    onErrorSent('BAD_REQUEST');
    const body = JSON.stringify(errorBody('BAD_REQUEST', explained(isSchemaPublic ? explanations[status] : undefined)));
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
  };

  return {
    watch: (request, response) => exchanges.set(request.socket, { request, response }),
    handle({ code }, socket) {
      const { request, response } = exchanges.get(socket) ?? {};
      const isPending = request?.complete === true && response?.writableFinished === false;
      const isLeftOver = request?.complete === false && response?.headersSent === true;
      if (socket.writable && !isLeftOver) {
        const status = statusByCode[code ?? ''] ?? 400;
        const reqId = randomUUID();
        log.info({ reqId, code, statusCode: status, remoteAddress: socket.remoteAddress }, 'malformed request');
        if (isPending) {
          response.shouldKeepAlive = false;
          response.once('close', () => socket.destroySoon());
          return;
        }
        respond(status, reqId, socket);
      }
      // Not `end`: a client that never closes its side would keep the connection open.
      socket.destroySoon();
    },
  };
};
