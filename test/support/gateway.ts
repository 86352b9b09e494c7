import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { createRequire } from 'node:module';

import { useGenericAuth } from '@envelop/generic-auth';
import { buildSchema, type GraphQLSchema } from 'graphql';
import jwt from 'jsonwebtoken';

import type { TestApp } from './app.js';

/**
 * GraphQL Yoga, without its own types: they declare the globals of a browser and the extensions of every GraphQLError, and the
 * compiler would accept both in the whole repository.
 */
interface Yoga {
  fetch(url: string, request: RequestInit, context: Recorder): Promise<Response>;
}

const require = createRequire(import.meta.url);
const { createYoga } = require('graphql-yoga') as {
  createYoga: (options: { schema: GraphQLSchema; logging: boolean; plugins: readonly object[] }) => Yoga;
};

/** The response of a gateway, and the root fields whose resolvers ran behind it. */
export interface GatewayResponse {
  readonly isRefused: boolean;
  readonly resolved: readonly string[];
}

/** Where the resolvers behind a gateway record that they ran. */
interface Recorder {
  readonly resolved: string[];
}

/** Sends an operation through a gateway, with an access token or without one. */
export type Gateway = (query: string, accessToken?: string) => Promise<GatewayResponse>;

/**
 * A GraphQL gateway that enforces the directives of a printed schema by the claims of an access token, which it verifies with
 * the published keys of a server. Everything behind it is null.
 *
 * @param mode `filter` executes what remains of an operation without the fields that are refused
 */
export const openGateway = (typeDefs: string, issuer: TestApp, mode: 'reject' | 'filter' = 'reject'): Gateway => {
  const schema = buildSchema(typeDefs);
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = (_source, _args, { resolved }: Recorder) => {
        resolved.push(field.name);
        return null;
      };
    }
  }
  const yoga = createYoga({
    schema,
    logging: false,
    plugins: [
      useGenericAuth({
        mode: 'protect-granular',
        resolveUserFn: ({ request }: { request: Request }) => claimsOf(request.headers.get('authorization'), issuer),
        rejectUnauthenticated: mode === 'reject',
      }),
    ],
  });
  return async (query, accessToken) => {
    const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ query }),
    };
    const resolved: string[] = [];
    const response = await yoga.fetch('http://gateway.example/graphql', request, { resolved });
    const { errors = [] } = (await response.json()) as { errors?: { extensions?: { code?: string } }[] };
    const isRefused = errors.some(({ extensions }) => extensions?.code === 'UNAUTHORIZED_FIELD_OR_TYPE');
    return { isRefused, resolved };
  };
};

/** Verifies a bearer token as a resource server does; null for none, and for one that is not valid. */
const claimsOf = async (authorization: string | null, { url, config }: TestApp): Promise<object | null> => {
  const token = authorization?.replace(/^Bearer /, '');
  if (token === undefined) return null;
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] };
  const kid = jwt.decode(token, { complete: true })?.header.kid;
  const jwk = keys.find((key) => key['kid'] === kid);
  if (!jwk) return null;
  const claims = jwt.verify(token, createPublicKey({ key: jwk, format: 'jwk' }), {
    algorithms: ['ES256'],
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
  });
  return typeof claims === 'string' ? null : claims;
};
