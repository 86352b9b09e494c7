import type { Answer } from './app.js';

/** As much of an answer as tells a client why it was refused. */
export interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
  readonly reason?: string | undefined;
  /** The header WWW-Authenticate. */
  readonly challenge: string | null;
}

/** The exact responses that the contract defines for a caller who is rejected. */
export const refusals = {
  badHeader: { status: 400, code: 'BAD_AUTHORIZATION_HEADER', challenge: 'Bearer error="invalid_request"' },
  missing: { status: 401, code: 'UNAUTHENTICATED', reason: 'MISSING', challenge: 'Bearer realm="gatehouse"' },
  tokenInvalid: {
    status: 401,
    code: 'UNAUTHENTICATED',
    reason: 'TOKEN_INVALID',
    challenge: 'Bearer error="invalid_token"',
  },
  tokenExpired: {
    status: 401,
    code: 'UNAUTHENTICATED',
    reason: 'TOKEN_EXPIRED',
    challenge: 'Bearer error="invalid_token", error_description="expired"',
  },
  sessionRevoked: {
    status: 401,
    code: 'UNAUTHENTICATED',
    reason: 'SESSION_REVOKED',
    challenge: 'Bearer error="invalid_token"',
  },
  forbidden: { status: 403, code: 'FORBIDDEN', challenge: 'Bearer error="insufficient_scope", scope="role:ADMIN"' },
} as const satisfies Record<string, Refusal>;

/** Why an answer was refused, by its one error. An answer that brings any data along is none of the table's refusals. */
export const refusalOf = ({ status, headers, errors, data }: Answer<unknown>): Refusal => {
  expect(headers.get('content-type')).toMatch(/^application\/(json|graphql-response\+json); charset=utf-8$/);
  expect({ errors: errors.length, data: data ?? null }).toEqual({ errors: 1, data: null });
  const [error] = errors;
  return {
    status,
    code: error?.extensions.code,
    reason: error?.extensions.reason,
    challenge: headers.get('www-authenticate'),
  };
};
