import { wholeNumber, word } from './formats.js';
import type { Variable } from './variable.js';

export const sessionVariables = {
  TOKEN_ISSUER: {
    format: word,
    otherwise: 'PUBLIC_URL',
    reason: 'The claim `iss`; resource servers compare it.',
  },
  TOKEN_AUDIENCE: {
    format: word,
    otherwise: 'PUBLIC_URL',
    reason: 'The claim `aud`: another service rejects a token that was issued for this one.',
  },
  ACCESS_TOKEN_TTL_SECONDS: {
    format: wholeNumber(1, 86_400),
    default: '1800',
    unit: 's',
    reason:
      'This server notices a revocation at once; a service that only has the public keys notices it when the token expires.',
  },
  SESSION_IDLE_TTL_SECONDS: {
    format: wholeNumber(1, 31_536_000),
    default: '2592000',
    unit: 's',
    reason:
      'A session expires when it has not been refreshed for this long (30 days). Never longer than SESSION_ABSOLUTE_TTL_SECONDS.',
  },
  SESSION_ABSOLUTE_TTL_SECONDS: {
    format: wholeNumber(1, 63_072_000),
    default: '7776000',
    unit: 's',
    reason: 'A session expires this long after its login (90 days), however often it was refreshed.',
  },
  SESSIONS_PER_USER: {
    format: wholeNumber(1, 100),
    default: '50',
    reason: 'Live sessions of one user. A further login ends the oldest session.',
  },
  REFRESH_GRACE_SECONDS: {
    format: wholeNumber(0, 60),
    default: '10',
    unit: 's',
    reason:
      'For this long, a refresh token that was just replaced still returns the same successor: for parallel tabs and lost responses.',
  },
} as const satisfies Record<string, Variable>;
