import type { GatehouseError, UnauthenticatedReason } from '../errors.js';

const challenges: Readonly<Record<UnauthenticatedReason, string>> = {
  MISSING: 'Bearer realm="gatehouse"',
  TOKEN_INVALID: 'Bearer error="invalid_token"',
  TOKEN_EXPIRED: 'Bearer error="invalid_token", error_description="expired"',
  SESSION_REVOKED: 'Bearer error="invalid_token"',
};

/** Returns the challenge for a reason. @see RFC 6750 section 3 */
export const challengeOf = (reason: UnauthenticatedReason): string => challenges[reason];

const challengeOfError = ({ code, detail: { reason = 'MISSING', scope } }: GatehouseError): string | undefined => {
  switch (code) {
    case 'UNAUTHENTICATED':
      return challengeOf(reason);
    case 'FORBIDDEN':
      return `Bearer error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`;
    case 'BAD_AUTHORIZATION_HEADER':
      return 'Bearer error="invalid_request"';
    default:
      return undefined;
  }
};

/** Returns the response headers of an error: WWW-Authenticate and Retry-After. */
export const authenticationHeaders = (error: GatehouseError): [name: string, value: string][] => {
  const { detail } = error;
  const challenge = challengeOfError(error);
  return [
    ...(challenge === undefined ? [] : [['www-authenticate', challenge] as [string, string]]),
    ...(detail.retryAfterSeconds === undefined
      ? []
      : [['retry-after', String(detail.retryAfterSeconds)] as [string, string]]),
  ];
};
