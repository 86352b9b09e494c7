import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ArgumentValidationError } from 'type-graphql';

import { errorTable, GatehouseError, type ErrorCode } from '../errors.js';

// These messages hold names of the schema and of the document, never a value; a developer is lost without them.
const harmless = [
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

// The parser has no error code of its own for a document with too many tokens.
const tooLong = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** The error that was thrown, without graphql-js's wrapping of it. */
export const originalErrorOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? originalErrorOf(error.originalError) : error;

/**
 * The code of an error in the closed table. An application's own GraphQLError keeps a code of the table; any other error is
 * INTERNAL_SERVER_ERROR.
 */
export const codeOf = (error: unknown): ErrorCode => {
  const original = originalErrorOf(error);
  if (original instanceof GatehouseError) return original.code;
  if (original instanceof ArgumentValidationError) return 'BAD_USER_INPUT';
  if (error instanceof GraphQLError && tooLong.test(error.message)) return 'QUERY_TOO_COMPLEX';
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  return isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR';
};

// A code may come from an application, so inherited property names must not match.
const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorTable, code);

/**
 * Makes what a caller reads of an error: the table's message, the code, and where. graphql-js and class-validator quote
 * the offending value, which may be a password, so their messages are replaced but for a few that cannot hold one. Those
 * name types, so they are kept only where the schema is no secret.
 *
 * @param isSchemaOpen whether introspection is on
 */
export const createFormatError =
  (isSchemaOpen: boolean) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = originalErrorOf(error);
    const code = codeOf(error);
    const entry = errorTable[code];
    const detail = original instanceof GatehouseError ? original.detail : {};
    const isNaming = code === 'GRAPHQL_VALIDATION_FAILED' || code === 'BAD_USER_INPUT';
    const kept = isSchemaOpen && isNaming && harmless.some((pattern) => pattern.test(formatted.message));
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
          ? { fields: namesOf(original.extensions.validationErrors) }
          : {}),
      },
    };
  };

interface Invalid {
  readonly property: string;
  readonly children?: readonly Invalid[];
}

const namesOf = (errors: readonly Invalid[]): string[] =>
  errors.flatMap(({ property, children = [] }) =>
    children.length === 0 ? [property] : namesOf(children).map((name) => `${property}.${name}`),
  );
