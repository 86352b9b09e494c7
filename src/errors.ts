/**
 * The closed table of all errors that a caller can receive. `ErrorCode` in the schema and docs/errors.md are generated
 * from it.
 *
 * `message` is the only text that a caller receives. A flow returns a code of the kind `result` as a member of a result
 * union; every other code is a GraphQL error with an HTTP status. `RATE_LIMITED` is both: where a mutation has no union, it
 * is thrown.
 */
export const errorTable = {
  INVALID_CREDENTIALS: {
    kind: 'result',
    message: 'The e-mail address or the password is wrong.',
    retryable: false,
    meaning: 'Unknown user, wrong password, disabled user, or a sign-up that nobody verified: one answer for all.',
  },
  EMAIL_NOT_VERIFIED: {
    kind: 'result',
    message: 'The e-mail address has not been verified yet.',
    retryable: false,
    meaning:
      'The password was right; an administrator or an import made this account and its address waits for verification.',
  },
  INVALID_REFRESH_TOKEN: {
    kind: 'result',
    message: 'The refresh token is not valid any more. Log in again.',
    retryable: false,
    meaning: 'Malformed, replaced, revoked or over. A client shows its login page.',
  },
  INVALID_TOKEN: {
    kind: 'result',
    message: 'The link is not valid any more. Ask for a new one.',
    retryable: false,
    meaning: 'A one-time token that is unknown, used, replaced or over.',
  },
  PASSWORD_REQUIRED: {
    kind: 'result',
    message: 'Choose a password to finish.',
    retryable: true,
    meaning: 'The address is proved, but not that the caller made the sign-up: send `newPassword` with the same token.',
  },
  WEAK_PASSWORD: {
    kind: 'result',
    message: 'The password does not meet the password policy.',
    retryable: true,
    meaning: '`reasons` names each rule that is broken.',
  },
  INVALID_EMAIL: {
    kind: 'result',
    message: 'This is not an e-mail address that we can use.',
    retryable: true,
    meaning: 'Not an address, or one that can be mistaken for another.',
  },
  SIGN_UP_CLOSED: {
    kind: 'result',
    message: 'Sign-up is closed.',
    retryable: false,
    meaning: 'SIGN_UP=closed: accounts come from administrators.',
  },
  INVALID_INPUT: {
    kind: 'result',
    message: 'Some fields are not acceptable.',
    retryable: true,
    meaning: '`fields` names them.',
  },
  NOT_FOUND: {
    kind: 'result',
    message: 'Not found.',
    retryable: false,
    meaning: 'No such thing, or none of yours.',
  },
  LAST_ADMINISTRATOR: {
    kind: 'result',
    message: 'The last administrator must stay.',
    retryable: false,
    meaning: 'The change would leave no administrator who can log in.',
  },
  MFA_REQUIRED: {
    kind: 'result',
    message: 'A second factor is required.',
    retryable: true,
    meaning: 'Answer the challenge to finish the login.',
  },
  RATE_LIMITED: {
    kind: 'result',
    message: 'Too many attempts. Try again later.',
    retryable: true,
    status: 429,
    meaning: 'A limit is spent; wait `retryAfterSeconds`.',
  },
  UNAUTHENTICATED: {
    kind: 'error',
    message: 'You are not logged in.',
    retryable: false,
    status: 401,
    meaning: 'Refresh once and repeat. `reason` is MISSING, TOKEN_INVALID, TOKEN_EXPIRED or SESSION_REVOKED.',
  },
  FORBIDDEN: {
    kind: 'error',
    message: 'You may not do this.',
    retryable: false,
    status: 403,
    meaning: 'A role is missing. Refreshing does not help.',
  },
  ORIGIN_NOT_ALLOWED: {
    kind: 'error',
    message: 'This page may not use the refresh cookie.',
    retryable: false,
    status: 403,
    meaning: 'The cookie was used from an Origin that is neither PUBLIC_URL nor in CORS_ORIGINS, or without one.',
  },
  BAD_AUTHORIZATION_HEADER: {
    kind: 'error',
    message: 'There must be one Authorization header with one credential in it.',
    retryable: false,
    status: 400,
    meaning: 'Two headers, or two credentials in one.',
  },
  BAD_REQUEST: {
    kind: 'error',
    message: 'The request is malformed.',
    retryable: false,
    status: 400,
    meaning:
      'Not a GraphQL request over HTTP (body, content type, method, size), an unknown `X-Refresh-Transport`, or two refresh tokens: cookie and input.',
  },
  GRAPHQL_PARSE_FAILED: {
    kind: 'error',
    message: 'The document is not GraphQL.',
    retryable: false,
    status: 400,
    meaning: 'Syntax error in the document.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    kind: 'error',
    message: 'The document does not fit the schema.',
    retryable: false,
    status: 400,
    meaning: 'An unknown field, argument or type.',
  },
  BAD_USER_INPUT: {
    kind: 'error',
    message: 'A variable or argument has the wrong form.',
    retryable: false,
    status: 400,
    meaning: 'A value that does not fit its type, is too long, or holds control characters.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    kind: 'error',
    message: 'PersistedQueryNotSupported',
    retryable: false,
    status: 200,
    meaning:
      'Persisted queries are not supported: send the document. A persisted-query link in a client does so automatically.',
  },
  QUERY_TOO_COMPLEX: {
    kind: 'error',
    message: 'The document asks for too much at once.',
    retryable: false,
    status: 400,
    meaning: 'Too deep, too wide or too costly.',
  },
  SERVER_BUSY: {
    kind: 'error',
    message: 'The server is busy. Try again.',
    retryable: true,
    status: 503,
    meaning: 'The queue for password hashing is full.',
  },
  SERVICE_UNAVAILABLE: {
    kind: 'error',
    message: 'The service is not available. Try again.',
    retryable: true,
    status: 503,
    meaning:
      'The database is away, the keys cannot be read, or a service without which a password may not be accepted is away.',
  },
  INTERNAL_SERVER_ERROR: {
    kind: 'error',
    message: 'Something went wrong on our side.',
    retryable: false,
    status: 500,
    meaning: "A fault of ours; the log has it under the response's X-Request-Id.",
  },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly kind: 'result' | 'error';
  readonly message: string;
  readonly retryable: boolean;
  readonly status?: number;
  readonly meaning: string;
}

/** Returns the HTTP status of a response that is this error only. A failure that a flow returns has the status 200. */
export const statusOf = (code: ErrorCode): number => {
  const entry: ErrorEntry = errorTable[code];
  return entry.status ?? 200;
};

/** Every error code that a client can receive. */
export type ErrorCode = keyof typeof errorTable;

type CodeOfKind<K extends ErrorEntry['kind']> = {
  [C in ErrorCode]: (typeof errorTable)[C]['kind'] extends K ? C : never;
}[ErrorCode];

/** Codes that a flow returns as a value. */
export type FailureCode = CodeOfKind<'result'>;

/** The reason why a caller is anonymous. */
export type UnauthenticatedReason = 'MISSING' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED' | 'SESSION_REVOKED';

/** Details of an error: `reason` and `retryAfterSeconds`, in whole seconds, for the response, and `cause` for the log. */
export interface ErrorDetail {
  readonly reason?: UnauthenticatedReason;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error that is not an expected result. Its message comes from the table, so that it discloses nothing private. */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: ErrorDetail = {},
  ) {
    super(errorTable[code].message, { cause: detail.cause });
  }
}

/** A condition that an operator has to resolve. The process prints the message, which says what to do, without a stack. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

/** A failure that a flow returns: its code, and the details that its union member contains. */
export type Failure<C extends FailureCode = FailureCode> = {
  readonly [K in C]: { readonly failure: K } & FailureDetail<K>;
}[C];

type FailureDetail<C> = C extends 'WEAK_PASSWORD'
  ? { readonly reasons: readonly WeakPasswordReason[] }
  : C extends 'INVALID_INPUT'
    ? { readonly fields: readonly string[] }
    : C extends 'RATE_LIMITED'
      ? { readonly retryAfterSeconds: number }
      : unknown;

/** The rules of the password policy that a password can break. */
export type WeakPasswordReason = 'TOO_SHORT' | 'TOO_LONG' | 'LEAKED' | 'CONTAINS_PERSONAL_WORD';
