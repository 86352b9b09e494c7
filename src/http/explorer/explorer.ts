import type { FastifyInstance } from 'fastify';

import { sendTaggedText } from '../entity-tag.js';
import { explorerPolicy } from '../security-headers.js';
import { loadExplorerAssets, type ExplorerAssets } from './explorer-assets.js';
import { explorerScript } from './explorer-script.js';

const document = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Explorer – Gatehouse</title>
<link rel="icon" href="favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="explorer/graphiql.css">
<script defer src="explorer/graphiql.js"></script>
<script defer src="explorer/start.js"></script>
</head>
<body class="no-focus-outline">
<noscript>The explorer needs JavaScript.</noscript>
<div id="root"></div>
</body>
</html>
`;

const headers = {
  contentSecurityPolicy: explorerPolicy,
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
} as const;

const typeOf = (name: string): string => `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`;

/**
 * Adds the GraphQL explorer for development at `/explorer`: GraphiQL, served from here, so that it works without the internet and
 * sends a password or a token to this server only.
 */
export const addExplorerRoutes = (server: FastifyInstance): void => {
  let loading: Promise<ExplorerAssets> | undefined;
  const load = async (): Promise<ExplorerAssets> => ({ ...(await loadExplorerAssets()), 'start.js': explorerScript });

  server.get('/explorer', { helmet: headers }, (_request, reply) =>
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(document),
  );
  for (const name of [
    'graphiql.css',
    'graphiql.js',
    'start.js',
    'editor-worker.js',
    'graphql-worker.js',
    'json-worker.js',
  ] as const) {
    // A worker has the policy of its own response.
    server.get(`/explorer/${name}`, { helmet: headers }, async (request, reply) => {
      const text = (await (loading ??= load()))[name] ?? '';
      // Revalidated each time: another version of Gatehouse may run at the same address.
      return sendTaggedText(request, reply, { text, type: typeOf(name), caching: 'no-cache' });
    });
  }
};
