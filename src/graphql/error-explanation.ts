import { GraphQLError } from 'graphql';

import { GatehouseError, type RequestErrorCode } from '../errors.js';

/** A longer one, of a document with long names, would help nobody. */
const MAX_LENGTH = 400;

/**
 * Says what is wrong with a request, for its developer; undefined if nothing can be said without repeating a value, or if the
 * text would be longer than 400 characters. For clients that may read the schema only.
 *
 * @param original the error that was thrown, without the errors that libraries wrap around it
 */
export const explanationOf = (original: unknown, code: RequestErrorCode): string | undefined => {
  const text =
    original instanceof GatehouseError ? original.detail.explanation : explanationOfLibraryError(original, code);
  return text !== undefined && text.length <= MAX_LENGTH ? text : undefined;
};

const explanationOfLibraryError = (error: unknown, code: RequestErrorCode): string | undefined => {
  if (!(error instanceof GraphQLError)) return undefined;
  if (code === 'GRAPHQL_PARSE_FAILED') return explainSyntaxError(error);
  return explanationsOfApollo.find(([beginning]) => error.message.startsWith(beginning))?.[1];
};

const token = String.raw`<[SE]OF>|Name|Int|Float|String|BlockString|"[^\w\s"]{1,3}"`;
const expectedToken = new RegExp(String.raw`^Syntax Error: Expected (${token}|"\w+"), found (${token})(?: "|\.)`);
const unexpectedToken = new RegExp(String.raw`^Syntax Error: Unexpected (${token})(?: "|\.)`);

/** Names the kind of the token, and never its text: a value that is not quoted is a token too. */
const explainSyntaxError = ({ message }: GraphQLError): string => {
  const [, expected, found] = expectedToken.exec(message) ?? [];
  if (found !== undefined) return `The document has a syntax error: expected ${expected}, found ${found}.`;
  const [, unexpected] = unexpectedToken.exec(message) ?? [];
  if (unexpected !== undefined) return `The document has a syntax error: unexpected ${unexpected}.`;
  return message.startsWith('Syntax Error: Unterminated string')
    ? 'The document has a syntax error: a string is not terminated.'
    : 'The document has a syntax error: it contains a character, number or escape sequence that is not valid here.';
};

/** How the messages begin with which Apollo Server refuses a request, and what the developer has to do. */
const explanationsOfApollo: readonly (readonly [beginning: string, explanation: string])[] = [
  [
    'This operation has been blocked as a potential Cross-Site Request Forgery',
    'The request could be a cross-site request forgery (CSRF). Send it by POST with the header "Content-Type: application/json", or by GET with the header "Apollo-Require-Preflight: true".',
  ],
  ['Operation batching disabled', 'Send one operation per request: the body must be an object, not a list.'],
  ['POST body missing', 'The body must be a JSON object with the member "query".'],
  ['GraphQL operations must contain', 'The request has no "query".'],
  ['GraphQL queries must be strings', 'The "query" must be a string, not a parsed document.'],
  ['`variables` in a POST body', 'The "variables" must be a JSON object, not a string or a list.'],
  ['`extensions` in a POST body', 'The "extensions" must be a JSON object, not a string or a list.'],
  ['`operationName` in a POST body', 'The "operationName" must be a string.'],
  ['The variables search parameter', 'The parameter "variables" must be a JSON object.'],
  ['The extensions search parameter', 'The parameter "extensions" must be a JSON object.'],
  ["The 'query' search parameter", 'The parameter "query" may be sent once only.'],
  ["The 'operationName' search parameter", 'The parameter "operationName" may be sent once only.'],
  ["The 'variables' search parameter", 'The parameter "variables" may be sent once only.'],
  ["The 'extensions' search parameter", 'The parameter "extensions" may be sent once only.'],
  ['GET requests only support query operations', 'Send a mutation by POST.'],
  ['GET requests may not have a content-type', 'Send a GET without the header Content-Type.'],
  [
    "An 'accept' header was provided",
    'The header Accept must include "application/graphql-response+json" or "application/json".',
  ],
];
