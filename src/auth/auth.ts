import { randomBytes } from 'node:crypto';

import type { Config } from '../config/config.js';
import type { MailQueue } from '../mail/mail-queue.js';
import type { PasswordHasher } from '../security/passwords/password.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Store } from '../store/store.js';
import { createAccountDeletion } from './accounts/deletion.js';
import { createAuthenticate } from './access/authenticate.js';
import { readBearerToken } from './access/authorization-header.js';
import { translateDatabaseErrorsOfEach, translateDatabaseErrors } from './database-errors.js';
import type { Caller } from './caller.js';
import { createPersonalDataExport } from './accounts/personal-data-export.js';
import { createDummyCredentials } from './login/dummy-credential.js';
import { createEmailChange } from './email/change.js';
import { createEmailVerification } from './email/verification.js';
import { createLogin } from './login/password-login.js';
import { createMailRequestWorker } from './email/mail-request-worker.js';
import { createMailRequests } from './email-links/mail-requests.js';
import { createConfirmPassword } from './password-checks/confirmation.js';
import { PASSWORD_MAX_LENGTH, type PasswordPolicy } from './password-checks/policy.js';
import { createPasswordReset } from './passwords/reset.js';
import { createPasswordChange } from './passwords/change.js';
import { createPrincipalCache } from './access/principal-cache.js';
import { createUpdateProfile } from './accounts/profile.js';
import { createRefresh } from './sessions/refresh.js';
import { assertEncryptionKeys } from './keys/sealed-rows.js';
import { createSessions } from './sessions/sessions.js';
import { openSigningKeys } from './keys/signing-keys.js';
import { createSignUp } from './accounts/sign-up.js';
import { createRateLimits } from './rate-limits/rate-limits.js';
import { createTokenIssuer } from './sessions/tokens.js';
import { createBulkExport } from './users/bulk-export.js';
import { createBulkImport } from './users/bulk-import.js';
import { createUsers } from './users/users.js';

/** What `createAuth` is given: everything that touches the world. */
export interface AuthOptions {
  readonly store: Store;
  readonly config: Config;
  readonly clock: () => Date;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly secretBox: SecretBox;
  readonly mailQueue: MailQueue;
}

/** Wires the flows. @throws UnusableKeys when stored rows need a key that ENCRYPTION_KEYS does not have, or do not open */
export const createAuth = async (options: AuthOptions) => {
  const { store, secretBox, config, clock, hasher } = options;
  await assertEncryptionKeys(store, secretBox);
  const keys = await openSigningKeys(store, secretBox, config, clock);
  const issueTokens = createTokenIssuer(config, keys, clock);
  const principals = createPrincipalCache(store);
  const rateLimits = createRateLimits(store, config, keys);
  const mailRequests = createMailRequests(options);
  const confirmPassword = createConfirmPassword({ ...options, principals });
  const dependencies = { ...options, keys, principals, rateLimits, mailRequests, confirmPassword, issueTokens };
  const today = await hasher.hash(randomBytes(32).toString('base64url'));
  const dummies = await createDummyCredentials(() => store.passwordCredentials.parameterSets(), today, keys);
  const authenticate = translateDatabaseErrors(createAuthenticate(dependencies));

  return {
    /** Who is calling, by the Authorization headers of a request. */
    async authenticate(headers: readonly string[]): Promise<Caller> {
      const token = readBearerToken(headers);
      return token === undefined ? { kind: 'anonymous', reason: 'MISSING' } : authenticate(token);
    },
    signUp: translateDatabaseErrors(createSignUp(dependencies)),
    emailVerification: translateDatabaseErrorsOfEach(createEmailVerification(dependencies)),
    emailChange: translateDatabaseErrorsOfEach(createEmailChange(dependencies)),
    login: translateDatabaseErrorsOfEach(createLogin(dependencies, dummies.hashFor)),
    refresh: translateDatabaseErrors(createRefresh(dependencies)),
    sessions: translateDatabaseErrorsOfEach(createSessions(dependencies)),
    passwords: translateDatabaseErrorsOfEach(createPasswordChange(dependencies)),
    passwordReset: translateDatabaseErrorsOfEach(createPasswordReset(dependencies)),
    updateProfile: translateDatabaseErrors(createUpdateProfile(dependencies)),
    accountDeletion: translateDatabaseErrorsOfEach(createAccountDeletion(dependencies)),
    exportMyData: translateDatabaseErrors(createPersonalDataExport(dependencies)),
    /** Answers the requests for mail that are there, and counts them. */
    answerMailRequests: createMailRequestWorker(dependencies),
    users: translateDatabaseErrorsOfEach(createUsers(dependencies)),
    userImport: translateDatabaseErrors(createBulkImport(dependencies)),
    userExport: translateDatabaseErrorsOfEach(createBulkExport(dependencies)),
    /** What a client may know before anybody logs in. */
    settings: {
      signUp: config.signUp,
      requireVerifiedEmail: config.requireVerifiedEmail,
      passwordPolicy: {
        minLength: config.passwordMinLength,
        maxLength: PASSWORD_MAX_LENGTH,
        leakedPasswordsRefused: true,
      },
      accessTokenTtlSeconds: config.accessTokenTtlSeconds,
      sessionIdleTtlSeconds: config.sessionIdleTtlSeconds,
      sessionAbsoluteTtlSeconds: config.sessionAbsoluteTtlSeconds,
    },
    /** The public keys by which others verify our access tokens. @see RFC 7517 section 5 */
    jwks: () => keys.current().accessTokens.jwks(),
    /** Probes the database once a second, for the readiness endpoint; resolves after the first probe. */
    watchDatabase: () => store.watch(),
    /** How often the row behind an access token was read. */
    principalReads: () => principals.reads(),
    /** Counts anew under which parameters passwords are stored; logins to addresses without an account cost alike. */
    refreshDummyCredentials: translateDatabaseErrors(dummies.refresh),
    /** Stops listening. */
    close: () => principals.close(),
  };
};

/** Every flow of identity and access. */
export type Auth = Awaited<ReturnType<typeof createAuth>>;
