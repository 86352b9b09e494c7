import { wholeNumber, word } from './formats.js';
import type { Variable } from './variable.js';

export const sessionVariables = {
  TOKEN_ISSUER: {
    format: word,
    otherwise: 'PUBLIC_URL',
    reason: 'The claim `iss` of access tokens, which resource servers check.',
  },
  TOKEN_AUDIENCE: {
    format: word,
    otherwise: 'PUBLIC_URL',
    reason: 'The claim `aud` of access tokens. A service with another audience rejects them.',
  },
  ACCESS_TOKEN_TTL_SECONDS: {
    format: wholeNumber(1, 86_400),
    default: '1800',
    unit: 's',
    reason:
      'The lifetime of an access token. This server enforces a revocation at once. A service that only has the public keys accepts the token until it expires. It must not exceed the lifetimes of a session, which also shorten the default.',
  },
  SESSION_IDLE_TTL_SECONDS: {
    format: wholeNumber(1, 31_536_000),
    default: '2592000',
    unit: 's',
    reason:
      'A session expires if it is not refreshed for this long (30 days by default). It must not exceed SESSION_ABSOLUTE_TTL_SECONDS, which also shortens the default.',
  },
  SESSION_ABSOLUTE_TTL_SECONDS: {
    format: wholeNumber(1, 63_072_000),
    default: '7776000',
    unit: 's',
    reason: 'A session expires this long after its login (90 days by default), however often it was refreshed.',
  },
  SESSIONS_PER_USER: {
    format: wholeNumber(1, 100),
    default: '50',
    reason: 'The maximum number of live sessions per user. A further login ends the oldest session.',
  },
  REFRESH_GRACE_SECONDS: {
    format: wholeNumber(0, 60),
    default: '10',
    unit: 's',
    reason:
      'For this long after a refresh, the previous refresh token still returns the same successor. This is for parallel tabs and lost responses.',
  },
} as const satisfies Record<string, Variable>;
