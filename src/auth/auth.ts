import { randomBytes } from 'node:crypto';

import type { Config } from '../config.js';
import type { Courier } from '../mail/courier.js';
import type { PasswordHasher } from '../security/password.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Store } from '../store/store.js';
import { createAccountDeletion } from './account-deletion.js';
import { createAuthenticate } from './authentication.js';
import { bearerToken } from './authorization-header.js';
import { allAvailable, available } from './availability.js';
import type { Caller } from './caller.js';
import { createExportMyData } from './data-export.js';
import { createDummyCredentials } from './dummy-credential.js';
import { createEmailChange } from './email-change.js';
import { createEmailVerification } from './email-verification.js';
import { createLogin } from './login.js';
import { createMailAnswers } from './mail-answers.js';
import { createMailRequests } from './mail-requests.js';
import { createConfirmPassword } from './password-confirmation.js';
import { PASSWORD_MAX_LENGTH, type PasswordPolicy } from './password-policy.js';
import { createPasswordReset } from './password-reset.js';
import { createPasswords } from './passwords.js';
import { createPrincipals } from './principals.js';
import { createUpdateProfile } from './profile.js';
import { createRefresh } from './refresh.js';
import { assertEncryptionKeys } from './sealed-rows.js';
import { createSessions } from './sessions.js';
import { openSigningKeys } from './signing-keys.js';
import { createSignUp } from './sign-up.js';
import { createThrottle } from './throttle.js';
import { createTokenIssuer } from './tokens.js';
import { createUserExport } from './user-export.js';
import { createUserImport } from './user-import.js';
import { createUsers } from './users.js';

/** What `createAuth` is given: everything that touches the world. */
export interface AuthOptions {
  readonly store: Store;
  readonly config: Config;
  readonly clock: () => Date;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly secretBox: SecretBox;
  readonly courier: Courier;
}

/** Wires the flows. @throws UnusableKeys when stored rows need a key that ENCRYPTION_KEYS does not have, or do not open */
export const createAuth = async (options: AuthOptions) => {
  const { store, secretBox, config, clock, hasher } = options;
  await assertEncryptionKeys(store, secretBox);
  const keys = await openSigningKeys(store, secretBox, config, clock);
  const issueTokens = createTokenIssuer(config, keys, clock);
  const principals = createPrincipals(store);
  const throttle = createThrottle(store, config, keys);
  const mailRequests = createMailRequests(options);
  const confirmPassword = createConfirmPassword({ ...options, principals });
  const dependencies = { ...options, keys, principals, throttle, mailRequests, confirmPassword, issueTokens };
  const today = await hasher.hash(randomBytes(32).toString('base64url'));
  const dummies = await createDummyCredentials(() => store.credentials.parameterSets(), today, keys);
  const authenticate = available(createAuthenticate(dependencies));

  return {
    /** Who is calling, by the Authorization headers of a request. */
    async authenticate(headers: readonly string[]): Promise<Caller> {
      const token = bearerToken(headers);
      return token === undefined ? { kind: 'anonymous', reason: 'MISSING' } : authenticate(token);
    },
    signUp: available(createSignUp(dependencies)),
    emailVerification: allAvailable(createEmailVerification(dependencies)),
    emailChange: allAvailable(createEmailChange(dependencies)),
    login: allAvailable(createLogin(dependencies, dummies.hashFor)),
    refresh: available(createRefresh(dependencies)),
    sessions: allAvailable(createSessions(dependencies)),
    passwords: allAvailable(createPasswords(dependencies)),
    passwordReset: allAvailable(createPasswordReset(dependencies)),
    updateProfile: available(createUpdateProfile(dependencies)),
    accountDeletion: allAvailable(createAccountDeletion(dependencies)),
    exportMyData: available(createExportMyData(dependencies)),
    /** Answers the requests for mail that are there, and counts them. */
    answerMailRequests: createMailAnswers(dependencies),
    users: allAvailable(createUsers(dependencies)),
    userImport: available(createUserImport(dependencies)),
    userExport: allAvailable(createUserExport(dependencies)),
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
    refreshDummyCredentials: available(dummies.refresh),
    /** Stops listening. */
    close: () => principals.close(),
  };
};

/** Every flow of identity and access. */
export type Auth = Awaited<ReturnType<typeof createAuth>>;
