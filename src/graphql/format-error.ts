import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ArgumentValidationError } from 'type-graphql';

import { GatehouseError, requestErrors, type RequestErrorCode } from '../errors.js';

// These messages contain names from the schema and the document, but never a value. Developers need them.
const messagesWithoutValues = [
  /^Cannot query field "\w+" on type "\w+"\.$/,
  /^Field "\w+" of type "[\w![\]]+" must have a selection of subfields\./,
  /^Field "\w+" must not have a selection since type "[\w![\]]+" has no subfields\.$/,
  /^Field "\w+" argument "\w+" of type "[\w![\]]+" is required, but it was not provided\.$/,
  /^Field "\w+" is not defined by type "\w+"\.$/,
  /^Unknown argument "\w+" on (?:field "\w+\.\w+"|directive "@\w+")\.$/,
  /^Unknown type "\w+"\.$/,
  /^Variable "\$\w+" is (?:not defined|never used)(?: in| by|\.| operation)/,
  /^Variable "\$\w+" of required type "[\w![\]]+" was not provided\.$/,
];

// The parser has no error code for a document with too many tokens.
const tooManyTokens = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** Returns the error that was thrown, without the GraphQLErrors that graphql-js wraps around it. */
export const originalErrorOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? originalErrorOf(error.originalError) : error;

/**
 * Returns the code of a request error. A GraphQLError of the application keeps its code if it is one of ours; any other error
 * is INTERNAL_SERVER_ERROR.
 */
export const errorCodeOf = (error: unknown): RequestErrorCode => {
  const original = originalErrorOf(error);
  if (original instanceof GatehouseError) return original.code;
  if (original instanceof ArgumentValidationError) return 'BAD_USER_INPUT';
  if (error instanceof GraphQLError && tooManyTokens.test(error.message)) return 'QUERY_TOO_COMPLEX';
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  return isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR';
};

// The code may come from an application, so names of inherited properties must not match.
const isErrorCode = (code: unknown): code is RequestErrorCode =>
  typeof code === 'string' && Object.hasOwn(requestErrors, code);

/**
 * Creates the function that formats an error for the response: the message of the error table, the code and the location.
 * graphql-js and class-validator quote the offending value, which may be a password, so their messages are replaced except
 * for a few that cannot contain a value. Those name types, so they are kept only where the schema is public.
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
    const isAboutSchema = code === 'GRAPHQL_VALIDATION_FAILED' || code === 'BAD_USER_INPUT';
    const kept =
      isSchemaPublic && isAboutSchema && messagesWithoutValues.some((pattern) => pattern.test(formatted.message));
    const { locations, path } = formatted;
    return {
      message: kept ? formatted.message : entry.message,
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
