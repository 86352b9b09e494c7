import { requestErrors as applicationRequestErrors, resultErrors as applicationResultErrors } from './app/errors.js';
import { ownRequestErrors, ownResultErrors, type ErrorEntry, type RequestErrorEntry } from './values/error-tables.js';

/** The code of a failure of ours. */
export type OwnErrorCode = keyof typeof ownResultErrors;

/** The code of a failure of the application. */
export type ApplicationErrorCode = keyof typeof applicationResultErrors;

/** A request error that the code of an application may throw: one of its own, or one of ours that it can be right about. */
export type ThrowableErrorCode = keyof (typeof applicationRequestErrors &
  Pick<typeof ownRequestErrors, 'FORBIDDEN' | 'BAD_USER_INPUT' | 'SERVICE_UNAVAILABLE'>);

/** The code of a failure in a result, as in the GraphQL enum of the same name. */
export type ErrorCode = keyof (typeof ownResultErrors & typeof applicationResultErrors);

/** The code of a request error, as in the GraphQL enum of the same name. */
export type RequestErrorCode = keyof (typeof ownRequestErrors & typeof applicationRequestErrors);

/** A code with which an application can refuse a sign-up: one of its own, or ours that states no reason. */
export type SignUpRefusal = keyof (typeof applicationResultErrors & Pick<typeof ownResultErrors, 'SIGN_UP_REFUSED'>);

/** Whether an application can refuse a sign-up with this code. */
export const isSignUpRefusal = (code: unknown): code is SignUpRefusal =>
  typeof code === 'string' && (code === 'SIGN_UP_REFUSED' || Object.hasOwn(applicationResultErrors, code));

/** The failures that a caller can expect: ours, and those of src/app/errors.ts. */
export const resultErrors: Readonly<Record<ErrorCode, ErrorEntry>> = { ...applicationResultErrors, ...ownResultErrors };

/** The errors that a caller could not expect: ours, and those of src/app/errors.ts. */
export const requestErrors: Readonly<Record<RequestErrorCode, RequestErrorEntry>> = {
  ...applicationRequestErrors,
  ...ownRequestErrors,
};

/** The reason why a caller counts as anonymous. */
export type UnauthenticatedReason = 'MISSING' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED' | 'SESSION_REVOKED';

/** What may be disclosed beside a code. Seconds are whole. */
export interface ErrorDetail {
  readonly reason?: UnauthenticatedReason;
  readonly retryAfterSeconds?: number;
  /** The scope that the caller lacks, for the challenge in `WWW-Authenticate`. */
  readonly scope?: string;
  /** The limit that a document exceeds. It replaces the message of the table for every client. */
  readonly limit?: string;
  /** What is wrong, by names and never by a value. It replaces the message of the table where the schema is public. */
  readonly explanation?: string;
  readonly cause?: unknown;
}

/** An error that the caller could not expect. Its message is that of the table, so that it contains nothing private; `cause` is for the log. */
export class GatehouseError extends Error {
  override readonly name: string = 'GatehouseError';

  constructor(
    readonly code: RequestErrorCode,
    readonly detail: ErrorDetail = {},
  ) {
    super(requestErrors[code].message, { cause: detail.cause });
  }
}

/** A request error of an application. `cause` is for the log, and `retryAfterSeconds` tells clients when to repeat the request. */
export class RequestError extends GatehouseError {
  override readonly name = 'RequestError';

  constructor(
    code: ThrowableErrorCode,
    { cause, retryAfterSeconds }: Pick<ErrorDetail, 'cause' | 'retryAfterSeconds'> = {},
  ) {
    super(code, { cause, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
  }
}

/**
 * A hook of src/app/hooks.ts threw, did not finish in time or returned something that is not allowed. Clients read that the
 * service is unavailable; the message and the cause are for the log.
 */
export class HookFailed extends GatehouseError {
  override readonly name = 'HookFailed';

  constructor(
    readonly hook: string,
    cause: unknown,
  ) {
    super('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5, cause });
    this.message = `The hook ${hook} of src/app/hooks.ts failed.`;
  }
}

/** A condition that an operator has to resolve. The process prints the message, which says what to do, without a stack. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

/** A failure that a flow returns: its code, and the details that its union member contains. */
export type Failure<C extends OwnErrorCode = OwnErrorCode> = {
  readonly [K in C]: { readonly failure: K } & FailureDetail<K>;
}[C];

interface FailureDetails {
  /** The code that the application has given as the reason. */
  readonly SIGN_UP_REFUSED: { readonly code: ErrorCode };
  readonly WEAK_PASSWORD: { readonly reasons: readonly WeakPasswordReason[] };
  readonly INVALID_INPUT: { readonly fields: readonly string[] };
  readonly MFA_REQUIRED: {
    readonly challengeToken: string;
    readonly expiresInSeconds: number;
    readonly methods: readonly MfaMethod[];
  };
  readonly RATE_LIMITED: { readonly retryAfterSeconds: number };
}

type FailureDetail<C> = C extends keyof FailureDetails ? FailureDetails[C] : unknown;

/** A rule of the password policy that a password can break. */
export type WeakPasswordReason = 'TOO_SHORT' | 'TOO_LONG' | 'LEAKED' | 'CONTAINS_PERSONAL_WORD';

/** A second factor with which a login can be completed. */
export type MfaMethod = 'TOTP' | 'PASSKEY' | 'RECOVERY_CODE';
