import { isUtf8 } from 'node:buffer';

import type { FastifyInstance } from 'fastify';

import { HttpError } from './request-head.js';

/**
 * Makes the server accept JSON bodies only, because any page can send a form or plain text without a preflight.
 *
 * Bytes that are not UTF-8 are refused rather than replaced by U+FFFD, which would make different passwords equal. A byte
 * order mark is skipped, as RFC 8259 section 8.1 allows.
 */
export const readJsonBodies = (server: FastifyInstance): void => {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isUtf8Declared(request.headers['content-type'] ?? '')) {
      done(new HttpError(415, 'The charset in the header Content-Type can only be "utf-8".'));
      return;
    }
    if (!isUtf8(body)) {
      done(new HttpError(400, 'The body is not valid UTF-8.'));
      return;
    }
    void parse(request, body.toString(), done);
  });
};

/** Tells whether a content type names UTF-8 once, or no charset at all. A charset in any other notation is refused. */
const isUtf8Declared = (contentType: string): boolean => {
  const count = contentType.match(/charset/gi)?.length ?? 0;
  return count === 0 || (count === 1 && /;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*(?:;|$)/i.test(contentType));
};
