import { createRequire } from 'node:module';

/** The files of GraphiQL, by the name under which the explorer loads them. */
export type ExplorerAssets = Readonly<Record<`${string}.${'css' | 'js'}`, string>>;

const PACKAGE = '@graphql-yoga/render-graphiql/graphiql';

/** Whether the explorer is installed: it is a development dependency, and has 18 MB. */
export const isExplorerInstalled = (): boolean => {
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
