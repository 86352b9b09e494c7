import {
  ERASURE_GRACE_SECONDS,
  LINK_TTL_SECONDS,
  PASSWORD_ATTEMPTS_PER_SESSION,
  VERIFICATION_TTL_SECONDS,
} from '../values/policy.js';

const HOUR_SECONDS = 60 * 60;
const hours = (seconds: number) => (seconds === HOUR_SECONDS ? '1 hour' : `${seconds / HOUR_SECONDS} hours`);

/** The texts that several descriptions of the schema share, so that they say the same thing in the same words. */
export const ERASURE_GRACE = `${ERASURE_GRACE_SECONDS / (24 * HOUR_SECONDS)} days`;
export const LINK_TTL = hours(LINK_TTL_SECONDS);
export const VERIFICATION_TTL = hours(VERIFICATION_TTL_SECONDS);

export const DELETION_SCHEDULED_FOR =
  'The time after which the account is erased. Until then the user can log in and cancel the deletion with `cancelAccountDeletion`.';

export const ASKS_FOR_PASSWORD = `A wrong password counts towards the limit of logins of the account, and in the session, together with those of all mutations that ask for the current password: ${PASSWORD_ATTEMPTS_PER_SESSION} in a row end the session.`;

/** @param path the page of the client that the link leads to */
export const emailLink = (path: string, ttl: string): string =>
  `\`APP_URL\` + \`/${path}?token=…\`, valid for ${ttl} (by default, \`APP_URL\` is the URL of this server, which has a page for it)`;

export const CURRENT_PASSWORD = 'The current password of the caller.';

export const NEW_PASSWORD = 'The new password. See `AuthConfig.passwordPolicy`.';

export const TRIMMED = 'Whitespace around it is ignored.';

export const RESEND_AFTER =
  'The number of seconds after which to offer another request. It is the same for every address.';

export const SESSIONS_FORBIDDEN =
  'Its `sessions` may be selected here only if the user is the caller. Otherwise the mutation is rejected with `FORBIDDEN`, and nothing is changed; read them with `user(id)`.';

export const NEW_DEVICE_TOKEN =
  'A token for this device, which replaces an older one. Store it, and send it as `deviceToken` with every `login` on this device, also after a logout. It is valid for 400 days. Null in cookie mode, where it is in a cookie.';
