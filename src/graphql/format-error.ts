import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ArgumentValidationError } from 'type-graphql';

import { documentLimits, limitMessage } from '../authorization/document-limits.js';
import { GatehouseError, requestErrors, type RequestErrorCode } from '../errors.js';
import { explanationOf } from './error-explanation.js';

// The parser has no error code for a document with too many tokens.
const tooManyTokens = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** Returns the error that was thrown, without the GraphQLErrors that graphql-js wraps around it. */
export const originalErrorOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? originalErrorOf(error.originalError) : error;

/**
 * Returns the code of a request error. Before execution, Apollo Server and graphql-js state it in a GraphQLError. A field has to
 * throw our own class: a GraphQLError of a resolver may come from another API that it has called, whose UNAUTHENTICATED would
 * log out our users. Any other error is INTERNAL_SERVER_ERROR.
 */
export const errorCodeOf = (error: unknown): RequestErrorCode => {
  const original = originalErrorOf(error);
  if (original instanceof GatehouseError) return original.code;
  if (original instanceof ArgumentValidationError) return 'BAD_USER_INPUT';
  if (hasTooManyTokens(error)) return 'QUERY_TOO_COMPLEX';
  const code = error instanceof GraphQLError && !error.path ? error.extensions['code'] : undefined;
  return isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR';
};

const hasTooManyTokens = (error: unknown): boolean =>
  error instanceof GraphQLError && tooManyTokens.test(error.message);

const isErrorCode = (code: unknown): code is RequestErrorCode =>
  typeof code === 'string' && Object.hasOwn(requestErrors, code);

/**
 * Creates the function that formats an error for the response: the message of the error table, the code and the location.
 * graphql-js and class-validator quote the offending value, which may be a password, so their messages are replaced. Where
 * the schema is public, an explanation that contains no value takes their place: developers need it.
 *
 * @param isSchemaPublic whether introspection is on
 */
export const createFormatError =
  (isSchemaPublic: boolean) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = originalErrorOf(error);
    const code = errorCodeOf(error);
    const entry = requestErrors[code];
    const detail = original instanceof GatehouseError ? original.detail : {};
    const explanation = isSchemaPublic ? explanationOf(original, code) : undefined;
    const limit = hasTooManyTokens(error) ? limitMessage(documentLimits.tokens) : detail.limit;
    const { locations, path } = formatted;
    return {
      message: explanation ?? limit ?? entry.message,
      ...(locations ? { locations } : {}),
      ...(path ? { path } : {}),
      extensions: {
        code,
        retryable: entry.retryable,
        ...(detail.reason ? { reason: detail.reason } : {}),
        ...(detail.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: detail.retryAfterSeconds }),
        ...(original instanceof ArgumentValidationError
          ? { fields: fieldNamesOf(original.extensions.validationErrors) }
          : {}),
      },
    };
  };

interface FieldError {
  readonly property: string;
  readonly children?: readonly FieldError[];
}

const fieldNamesOf = (errors: readonly FieldError[]): string[] =>
  errors.flatMap(({ property, children = [] }) =>
    children.length === 0 ? [property] : fieldNamesOf(children).map((name) => `${property}.${name}`),
  );
