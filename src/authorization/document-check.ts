import {
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  ValuesOfCorrectTypeRule,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

import { GatehouseError } from '../errors.js';
import { complexityErrorOf } from './document-complexity.js';
import { valuesOfCorrectType } from './value-rule.js';

/** Returns the error of a document that is rejected, or undefined. */
export type DocumentCheck = (document: DocumentNode) => GatehouseError | undefined;

/** The rules of GraphQL, none of whose messages contains a value. */
const rulesWithoutValues = specifiedRules.map((rule) =>
  rule === ValuesOfCorrectTypeRule ? valuesOfCorrectType : rule,
);

/**
 * Creates the function that checks a document, first its complexity and then its validity. It stops at the first error,
 * because each error may print as much text as the document contains. The result is cached as long as the document is.
 *
 * Without introspection, the error names nothing, and no nearest name is computed: neither the response nor its time tells
 * which names the schema has.
 */
export const createDocumentCheck = (schema: GraphQLSchema, introspection: boolean): DocumentCheck => {
  const rules = introspection ? rulesWithoutValues : [...rulesWithoutValues, NoSchemaIntrospectionCustomRule];
  const results = new WeakMap<DocumentNode, ReturnType<DocumentCheck>>();

  const check: DocumentCheck = (document) => {
    const tooComplexError = complexityErrorOf(document);
    if (tooComplexError) return tooComplexError;
    const [error] = validate(schema, document, rules, { maxErrors: 1, hideSuggestions: !introspection });
    if (!error) return undefined;
    // The error has no nodes when graphql-js has stopped comparing selections.
    if (!error.nodes)
      return new GatehouseError('QUERY_TOO_COMPLEX', { limit: 'The document repeats its fields in too many places.' });
    return new GatehouseError('GRAPHQL_VALIDATION_FAILED', introspection ? { explanation: error.message } : {});
  };
  return (document) => {
    if (!results.has(document)) results.set(document, check(document));
    return results.get(document);
  };
};
