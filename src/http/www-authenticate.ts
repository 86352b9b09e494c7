import type { GatehouseError, RequestErrorCode, UnauthenticatedReason } from '../errors.js';

const challenges: Readonly<Record<UnauthenticatedReason, string>> = {
  MISSING: 'Bearer realm="gatehouse"',
  TOKEN_INVALID: 'Bearer error="invalid_token"',
  TOKEN_EXPIRED: 'Bearer error="invalid_token", error_description="expired"',
  SESSION_REVOKED: 'Bearer error="invalid_token"',
};

const challengesByCode: Partial<Readonly<Record<RequestErrorCode, string>>> = {
  FORBIDDEN: 'Bearer error="insufficient_scope"',
  BAD_AUTHORIZATION_HEADER: 'Bearer error="invalid_request"',
};

/** Returns the value of WWW-Authenticate for an anonymous caller. @see RFC 6750 section 3 */
export const challengeOf = (reason: UnauthenticatedReason): string => challenges[reason];

/** Returns the response headers of an error: WWW-Authenticate and Retry-After. */
export const authenticationHeaders = ({ code, detail }: GatehouseError): [name: string, value: string][] => {
  const challenge = code === 'UNAUTHENTICATED' ? challengeOf(detail.reason ?? 'MISSING') : challengesByCode[code];
  return [
    ...(challenge === undefined ? [] : [['www-authenticate', challenge] as [string, string]]),
    ...(detail.retryAfterSeconds === undefined
      ? []
      : [['retry-after', String(detail.retryAfterSeconds)] as [string, string]]),
  ];
};
