/** A row of the tables of errors. `message` is all that a client reads about the error besides its code. */
export interface ErrorEntry {
  readonly message: string;
  /** Whether the identical request may succeed later. False where the client has to change something first. */
  readonly retryable: boolean;
  /** When the code is returned, and what the client does about it. */
  readonly meaning: string;
}

/** A row of the table of request errors. */
export interface RequestErrorEntry extends ErrorEntry {
  /** The HTTP status of a response that consists of the error. */
  readonly status: number;
}

/** A limit is reported in the result of an operation or, where its type has no such member, as a request error. */
const rateLimited = {
  message: 'Too many attempts. Try again later.',
  retryable: true,
  status: 429,
  meaning:
    'A rate limit is exhausted. Repeat the request after `retryAfterSeconds` (of a request error: `extensions.retryAfterSeconds`).',
} as const;

/** Our failures that a caller can expect. A flow returns them, and they are members of result unions. */
export const ownResultErrors = {
  INVALID_CREDENTIALS: {
    message: 'The credentials are incorrect.',
    retryable: false,
    meaning:
      'At `login`: the user is unknown, the password is wrong, the user is disabled, or the account comes from a sign-up that has to be verified first. The response is the same in all of these cases. At a mutation for logged-in users: the current password is wrong.',
  },
  EMAIL_NOT_VERIFIED: {
    message: 'The email address has not been verified.',
    retryable: false,
    meaning:
      'The password is correct, but the email address of an account that an administrator or an import created has to be verified first. Offer `resendVerificationEmail`. Never returned if `AuthConfig.requireVerifiedEmail` is false.',
  },
  INVALID_REFRESH_TOKEN: {
    message: 'The refresh token is not valid. Log in again.',
    retryable: false,
    meaning: 'The refresh token is missing, malformed or replaced, or its session has ended. Show the login page.',
  },
  INVALID_TOKEN: {
    message: 'The link is not valid. Request a new one.',
    retryable: false,
    meaning:
      'The token of an email link is malformed, unknown, used, replaced or expired. Request a new link with `resendVerificationEmail`, `requestPasswordReset` or `requestEmailChange`.',
  },
  PASSWORD_REQUIRED: {
    message: 'Choose a new password.',
    retryable: false,
    meaning:
      'The token is valid, but the request has neither the receipt of the sign-up that the link belongs to nor a new password. Ask for a password and send it as `newPassword` with the same token, which has not been used.',
  },
  WEAK_PASSWORD: {
    message: 'The password does not meet the password policy.',
    retryable: false,
    meaning:
      'The new password breaks the rules of the password policy that `reasons` lists. A token that was sent with it has not been used.',
  },
  INVALID_EMAIL: {
    message: 'The email address is not valid.',
    retryable: false,
    meaning: 'The text is not an email address, or it could be mistaken for another address.',
  },
  SIGN_UP_CLOSED: {
    message: 'Sign-up is closed.',
    retryable: false,
    meaning:
      'The server does not accept sign-ups (`AuthConfig.signUp` is `CLOSED`). Administrators create the accounts.',
  },
  SIGN_UP_REFUSED: {
    message: 'The sign-up was refused.',
    retryable: false,
    meaning:
      'The application does not accept the sign-up. `code` and `message` are those that it states for the reason; `SIGN_UP_REFUSED` if it states none.',
  },
  INVALID_INPUT: {
    message: 'Some fields are not valid.',
    retryable: false,
    meaning: 'The values of the input fields that `fields` lists are not valid.',
  },
  NOT_FOUND: {
    message: 'Not found.',
    retryable: false,
    meaning: 'No object that the caller may change has this id, or the id is malformed.',
  },
  LAST_ADMINISTRATOR: {
    message: 'The last administrator cannot be removed.',
    retryable: false,
    meaning: 'The change would leave no administrator who can log in. Grant the role `ADMIN` to another user first.',
  },
  MFA_REQUIRED: {
    message: 'A second factor is required.',
    retryable: false,
    meaning: 'Reserved. Never returned in this release.',
  },
  RATE_LIMITED: rateLimited,
} as const satisfies Record<string, ErrorEntry>;

/** Our errors that a caller could not expect. They are thrown, and appear in `errors` with `extensions.code`. */
export const ownRequestErrors = {
  RATE_LIMITED: rateLimited,
  UNAUTHENTICATED: {
    message: 'Authentication is required.',
    retryable: false,
    status: 401,
    meaning:
      'The request has no usable access token. `extensions.reason` is `MISSING` (no header `Authorization: Bearer …`), `TOKEN_INVALID`, `TOKEN_EXPIRED` or `SESSION_REVOKED`. Refresh the session once and repeat the request; if the refresh fails, show the login page.',
  },
  FORBIDDEN: {
    message: 'You do not have permission to do this.',
    retryable: false,
    status: 403,
    meaning:
      'The caller lacks a role that the field requires, or `User.sessions` of another user was selected elsewhere than in `user(id)`. A mutation has changed nothing if the status is 403. Refreshing the session does not help.',
  },
  ORIGIN_NOT_ALLOWED: {
    message: 'This origin may not use the refresh cookie.',
    retryable: false,
    status: 403,
    meaning:
      'The refresh cookie was used without an `Origin` header, or from an origin that is neither that of `PUBLIC_URL` nor in `CORS_ORIGINS`.',
  },
  BAD_AUTHORIZATION_HEADER: {
    message: 'Send one Authorization header with one credential.',
    retryable: false,
    status: 400,
    meaning: 'The request has two Authorization headers, or one header with two credentials.',
  },
  BAD_REQUEST: {
    message: 'The request is malformed.',
    retryable: false,
    status: 400,
    meaning:
      'The request is not a valid GraphQL request over HTTP (body, content type, method or size). Or `X-Refresh-Transport` is neither `cookie` nor `body`; or, in cookie mode, there is a refresh token both in the cookie and in the input; or several root fields would use the cookie.',
  },
  GRAPHQL_PARSE_FAILED: {
    message: 'The document has a syntax error.',
    retryable: false,
    status: 400,
    meaning: 'The document cannot be parsed.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    message: 'The document is not valid for the schema.',
    retryable: false,
    status: 400,
    meaning: 'The document names an unknown field, argument or type, or breaks another validation rule of GraphQL.',
  },
  BAD_USER_INPUT: {
    message: 'A variable or an argument is not valid.',
    retryable: false,
    status: 400,
    meaning:
      'A value does not fit its GraphQL type, or an argument of a query is not valid. `extensions.fields`, if present, lists the input fields.',
  },
  QUERY_TOO_COMPLEX: {
    message: 'The document is too complex.',
    retryable: false,
    status: 400,
    meaning: 'The document exceeds a limit, which the message names. Split it into several requests.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    message: 'PersistedQueryNotSupported',
    retryable: false,
    status: 200,
    meaning:
      'Persisted queries are not supported. Send the document instead of its hash; the persisted-query links of clients do so automatically.',
  },
  SERVER_BUSY: {
    message: 'The server is busy. Try again later.',
    retryable: true,
    status: 503,
    meaning:
      'A queue of the server is full. Repeat the request after `extensions.retryAfterSeconds`, which the header `Retry-After` states too if the response has no data.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'The service is unavailable. Try again later.',
    retryable: true,
    status: 503,
    meaning:
      'The database, the keys or a service that is required to accept a password is unavailable, or the operation did not end in time: a mutation may have taken place. Repeat the request after `extensions.retryAfterSeconds`, which the header `Retry-After` states too if the response has no data.',
  },
  INSUFFICIENT_USER_AUTHENTICATION: {
    message: 'A stronger or more recent login is required.',
    retryable: false,
    status: 403,
    meaning: 'Reserved. Never returned in this release.',
  },
  INTERNAL_SERVER_ERROR: {
    message: 'An internal error occurred.',
    retryable: false,
    status: 500,
    meaning: 'The server has a fault. The log contains it under the `X-Request-Id` of the response.',
  },
} as const satisfies Record<string, RequestErrorEntry>;
