import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

import { GatehouseError } from '../errors.js';
import { isDocumentTooComplex } from './document-complexity.js';

/** Returns the error of a document that is rejected, or undefined. */
export type DocumentCheck = (document: DocumentNode) => GraphQLError | GatehouseError | undefined;

/**
 * Creates the function that checks a document, first its complexity and then its validity. It stops at the first error,
 * because each error may print as much text as the document contains. The result is cached as long as the document is.
 */
export const createDocumentCheck = (schema: GraphQLSchema, introspection: boolean): DocumentCheck => {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const results = new WeakMap<DocumentNode, ReturnType<DocumentCheck>>();

  const check: DocumentCheck = (document) => {
    if (isDocumentTooComplex(document)) return new GatehouseError('QUERY_TOO_COMPLEX');
    const [error] = validate(schema, document, rules, { maxErrors: 1, hideSuggestions: true });
    if (!error) return undefined;
    // The error has no nodes when graphql-js has stopped comparing selections.
    if (!error.nodes) return new GatehouseError('QUERY_TOO_COMPLEX');
    return new GraphQLError(error.message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  };
  return (document) => {
    if (!results.has(document)) results.set(document, check(document));
    return results.get(document);
  };
};
