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

/** Says why a document is rejected, or nothing. */
export type DocumentCheck = (document: DocumentNode) => GraphQLError | GatehouseError | undefined;

/**
 * Makes the check of documents against a schema: first what they would cost, then whether they fit. It stops at the first
 * error, because each one may print as much as the document holds. The verdict on a document that is kept is kept too.
 */
export const createDocumentCheck = (schema: GraphQLSchema, introspection: boolean): DocumentCheck => {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const verdicts = new WeakMap<DocumentNode, ReturnType<DocumentCheck>>();

  const check: DocumentCheck = (document) => {
    if (isTooComplex(document)) return new GatehouseError('QUERY_TOO_COMPLEX');
    const [error] = validate(schema, document, rules, { maxErrors: 1, hideSuggestions: true });
    if (!error) return undefined;
    // graphql-js names no node when it gives up comparing.
    if (!error.nodes) return new GatehouseError('QUERY_TOO_COMPLEX');
    return new GraphQLError(error.message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  };
  return (document) => {
    if (!verdicts.has(document)) verdicts.set(document, check(document));
    return verdicts.get(document);
  };
};
