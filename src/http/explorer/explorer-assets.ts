import { createRequire } from 'node:module';

import type { Config } from '../../config/config.js';

/** The files of GraphiQL, by the name under which the explorer loads them. */
export type ExplorerAssets = Readonly<Record<`${string}.${'css' | 'js'}`, string>>;

const PACKAGE = '@graphql-yoga/render-graphiql/graphiql';

/**
 * Whether this server has an explorer: in development, where the schema can be read by introspection, and where GraphiQL is
 * installed, which is a development dependency of 18 MB.
 */
export const hasExplorer = ({ nodeEnv, introspection }: Pick<Config, 'nodeEnv' | 'introspection'>): boolean =>
  nodeEnv === 'development' && introspection && isInstalled();

const isInstalled = (): boolean => {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
};

/** Reads GraphiQL, which takes 9 MB of memory. */
export const loadExplorerAssets = async (): Promise<ExplorerAssets> => {
  const graphiql = await import('@graphql-yoga/render-graphiql/graphiql');
  return {
    'graphiql.css': graphiql.css,
    'graphiql.js': graphiql.js,
    'editor-worker.js': graphiql.editorWorkerService,
    'graphql-worker.js': graphiql.graphqlWorker,
    'json-worker.js': graphiql.jsonWorker,
  };
};
