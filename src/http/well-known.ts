import type { FastifyInstance } from 'fastify';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config/config.js';
import { sendTaggedText } from './entity-tag.js';

const JWKS = '/.well-known/jwks.json';
const METADATA = '/.well-known/oauth-authorization-server';

const caching = 'public, max-age=300';

/** Tells whether a path is that of a document of this file, which a page of any origin may read. */
export const isWellKnownPath = (path: string): boolean =>
  path === JWKS || path === METADATA || path.startsWith(`${METADATA}/`);

/**
 * Adds the documents with which other services verify our access tokens: the public keys, and the metadata that names them.
 *
 * The metadata is also served below the path of an issuer that has one, because RFC 8414 puts the well-known part before it:
 * that of `https://example.com/id` is at `https://example.com/.well-known/oauth-authorization-server/id`.
 *
 * @see RFC 7517 section 5, RFC 8414 section 3, RFC 8615
 */
export const addWellKnownRoutes = (
  server: FastifyInstance,
  auth: Pick<Auth, 'jwks'>,
  config: Pick<Config, 'publicUrl' | 'tokenIssuer'>,
): void => {
  server.get(JWKS, (request, reply) =>
    sendTaggedText(request, reply, { text: JSON.stringify(auth.jwks()), type: 'application/jwk-set+json', caching }),
  );

  const metadata = { text: JSON.stringify(metadataOf(config)), type: 'application/json', caching };
  for (const path of new Set(['', pathOfIssuer(config.tokenIssuer)])) {
    server.get(METADATA + path, (request, reply) => sendTaggedText(request, reply, metadata));
  }
};

/**
 * We issue tokens, but to our own clients and through GraphQL: we are not an authorization server. The lists say so. RFC 8414
 * section 3.2 would omit an empty list, but an omitted `grant_types_supported` means `authorization_code` and `implicit`, and
 * `response_types_supported` is required.
 */
const metadataOf = ({ publicUrl, tokenIssuer }: Pick<Config, 'publicUrl' | 'tokenIssuer'>) => ({
  issuer: tokenIssuer,
  jwks_uri: publicUrl + JWKS,
  response_types_supported: [],
  grant_types_supported: [],
});

/** The path of an issuer that is a URL, without a slash at its end; empty for any other. */
const pathOfIssuer = (issuer: string): string => {
  const path = URL.canParse(issuer) && /^https?:/.test(issuer) ? new URL(issuer).pathname.replace(/\/+$/, '') : '';
  // The router would take these for parameters.
  return /[:*]/.test(path) ? '' : path;
};
