import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

import { GatehouseError } from '../errors.js';
import { isTooComplex } from './complexity.js';

/** Returns the reason to reject a document, or undefined. */
export type DocumentCheck = (document: DocumentNode) => GraphQLError | GatehouseError | undefined;

/**
 * Creates the check of documents against a schema: first their cost, then whether they are valid. It stops at the first
 * error, because each error may print as much text as the document has. The result is cached as long as the document is.
 */
export const createDocumentCheck = (schema: GraphQLSchema, introspection: boolean): DocumentCheck => {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const verdicts = new WeakMap<DocumentNode, ReturnType<DocumentCheck>>();

  const check: DocumentCheck = (document) => {
    if (isTooComplex(document)) return new GatehouseError('QUERY_TOO_COMPLEX');
    const [error] = validate(schema, document, rules, { maxErrors: 1, hideSuggestions: true });
    if (!error) return undefined;
    // graphql-js names no node when it stops comparing selections.
    if (!error.nodes) return new GatehouseError('QUERY_TOO_COMPLEX');
    return new GraphQLError(error.message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  };
  return (document) => {
    if (!verdicts.has(document)) verdicts.set(document, check(document));
    return verdicts.get(document);
  };
};
