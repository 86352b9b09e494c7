import { createHash } from 'node:crypto';

import type { FastifyReply, FastifyRequest } from 'fastify';

/** A text that clients keep, and transfer again only when it has changed. */
export interface TaggedText {
  readonly text: string;
  /** The media type. */
  readonly type: string;
  /** The value of the header Cache-Control. */
  readonly caching: string;
}

/**
 * Sends a text with its entity tag, which is its SHA-256 digest, or 304 to a client that has the same text.
 *
 * @see RFC 9110 section 13.1.2
 */
export const sendTaggedText = (request: FastifyRequest, reply: FastifyReply, { text, type, caching }: TaggedText) => {
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  reply.header('cache-control', caching).header('etag', tag);
  const known = (request.headers['if-none-match'] ?? '').split(',').map((entry) => entry.trim().replace(/^W\//, ''));
  if (known.includes(tag) || known.includes('*')) return reply.code(304).send();
  return reply.type(type).send(text);
};
