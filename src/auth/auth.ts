import { randomBytes } from 'node:crypto';

import type { Config } from '../config/config.js';
import type { MailQueue } from '../mail/mail-queue.js';
import type { PasswordHasher } from '../security/passwords/password.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Readiness } from '../store/database/readiness.js';
import type { Store } from '../store/store.js';
import { createAuthenticate } from './access/authenticate.js';
import { readBearerToken } from './access/authorization-header.js';
import type { ListenerReports } from './access/notice-listener.js';
import { createPrincipalCache, type PrincipalCacheState } from './access/principal-cache.js';
import { createAccountDeletion } from './accounts/deletion.js';
import { createPersonalDataExport } from './accounts/personal-data-export.js';
import { createUpdateProfile } from './accounts/profile.js';
import { createSignUp } from './accounts/sign-up.js';
import { createKeepLastAdministrator } from './administrators/last-administrator.js';
import { createUserChanges } from './administrators/user-changes.js';
import { createAccessFor, type AccessFor } from './application/application-access.js';
import type { ApplicationParts } from './application/application-parts.js';
import { createReadsFor, type ReadsFor } from './application/batched-reads.js';
import { createErasedUsers } from './application/erased-users.js';
import { createExportApplicationData } from './application/exported-data.js';
import { createJobWorker, type JobWorker } from './application/job-worker.js';
import { createBeforeSignUp } from './application/sign-up-decision.js';
import { createOnUsersCreated } from './application/users-created.js';
import { createRecordDeniedAccess, type RecordDeniedAccess } from './audit/denied-access.js';
import type { Caller } from './caller.js';
import { translateDatabaseErrors, translateDatabaseErrorsOfEach } from './database-errors.js';
import { createFindLinkToken } from './email-links/link-token.js';
import { createMailRequests } from './email-links/mail-requests.js';
import { createAccountVerification } from './email/account-verification.js';
import { createEmailChange } from './email/change.js';
import { createChoosePassword } from './email/chosen-password.js';
import { createMailRequestWorker } from './email/mail-request-worker.js';
import { createSignUpVerification } from './email/sign-up-verification.js';
import { createEmailVerification } from './email/verification.js';
import { assertEncryptionKeys } from './keys/sealed-rows.js';
import { openSigningKeys } from './keys/signing-keys.js';
import { createDummyCredentials } from './login/dummy-credential.js';
import { createPasswordLogin } from './login/password-login.js';
import { createQueuedMail } from './mail/queued-mail.js';
import { createDeviceTokens } from './password-checks/device-tokens.js';
import { createConfirmPassword } from './password-checks/password-confirmation.js';
import type { PasswordPolicy } from './password-checks/password-policy.js';
import { createPasswordChange } from './passwords/change.js';
import { createPasswordReset } from './passwords/reset.js';
import { publicSettingsOf, type PublicSettings } from './public-settings.js';
import type { Counters } from './rate-limits/counters.js';
import { createExhaustionReport } from './rate-limits/exhausted-limits.js';
import { limitsOf, type Limits } from './rate-limits/limits.js';
import { createRateLimits, type OnRefusal, type RateLimits } from './rate-limits/rate-limits.js';
import { createIssueTokens } from './sessions/application-claims.js';
import { createRefresh } from './sessions/refresh.js';
import { createReplacedSessions } from './sessions/replaced-sessions.js';
import { createSessions } from './sessions/sessions.js';
import { createSignTokens } from './sessions/tokens.js';
import { createChange } from './unit-of-work.js';
import { createBulkExport } from './users/bulk-export.js';
import { createBulkImport } from './users/bulk-import.js';
import { createSetEmail } from './users/set-email.js';
import { createUserAdministration } from './users/user-administration.js';
import { createUserList } from './users/user-list.js';
import { createUsers } from './users/users.js';

export interface AuthOptions {
  readonly store: Store;
  readonly config: Config;
  readonly clock: () => Date;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly secretBox: SecretBox;
  readonly mailQueue: MailQueue;
  readonly counters: Counters;
  readonly application: ApplicationParts;
  /** Replaces the limits of the configuration. Set by tests only. */
  readonly limits?: Limits | undefined;
  /** Called when notices stop arriving, and when they arrive again. */
  readonly listenerReports?: ListenerReports;
  /** Called each time that a rate limit refuses something. */
  readonly onRateLimited?: OnRefusal | undefined;
}

/** The state of the database, as this instance sees it. */
export interface DatabaseWatch extends Pick<Readiness, 'isReady' | 'isReadOnly'> {
  /** False while this instance reads the session on every request, because notices of revocations do not arrive. */
  receivesNotices(): boolean;
}

/** The flows of identity and access. Each throws SERVICE_UNAVAILABLE while the database is unavailable. */
export interface Auth {
  /** Identifies the caller by the Authorization headers of a request. */
  readonly authenticate: (authorizationHeaders: readonly string[]) => Promise<Caller>;
  readonly recordDeniedAccess: RecordDeniedAccess;
  readonly signUp: ReturnType<typeof createSignUp>;
  readonly emailVerification: ReturnType<typeof createEmailVerification>;
  readonly emailChange: ReturnType<typeof createEmailChange>;
  readonly login: ReturnType<typeof createPasswordLogin>;
  readonly refresh: ReturnType<typeof createRefresh>;
  readonly sessions: ReturnType<typeof createSessions>;
  readonly passwords: ReturnType<typeof createPasswordChange>;
  readonly passwordReset: ReturnType<typeof createPasswordReset>;
  readonly updateProfile: ReturnType<typeof createUpdateProfile>;
  readonly accountDeletion: ReturnType<typeof createAccountDeletion>;
  readonly exportMyData: ReturnType<typeof createPersonalDataExport>['exportMyData'];
  readonly exportUserData: ReturnType<typeof createPersonalDataExport>['exportUserData'];
  readonly users: ReturnType<typeof createUsers> &
    ReturnType<typeof createUserList> &
    ReturnType<typeof createUserAdministration> & { readonly setEmail: ReturnType<typeof createSetEmail> };
  readonly bulkImport: ReturnType<typeof createBulkImport>;
  readonly bulkExport: ReturnType<typeof createBulkExport>;
  readonly queuedMail: ReturnType<typeof createQueuedMail>;
  /** Processes the queued requests for email and returns their number. */
  readonly processMailRequests: ReturnType<typeof createMailRequestWorker>;
  /** The database, the mails and the configuration, for the code of the application. */
  readonly applicationAccess: AccessFor;
  /** Runs the hook userErased for the users that were erased, and returns their number. */
  readonly processErasedUsers: (signal?: AbortSignal) => Promise<number>;
  /** Reads that are executed once for a whole list, for the resolvers of the application. */
  readonly applicationReads: ReadsFor;
  /** Runs the jobs of the application. */
  readonly applicationJobs: JobWorker;
  /** Takes a request that the application limits. */
  readonly takeOfApplication: RateLimits['takeOfApplication'];
  readonly settings: PublicSettings;
  /** The public keys with which other services verify our access tokens. @see RFC 7517 section 5 */
  readonly jwks: () => { readonly keys: readonly object[] };
  /** Probes the database once a second and listens for notices, for a server; resolves after the first probe. */
  readonly watchDatabase: () => Promise<DatabaseWatch>;
  /** The number of times that the principal of an access token was read from the database. */
  readonly principalReads: () => number;
  readonly principalCacheState: () => PrincipalCacheState;
  /**
   * Counts the parameters of stored password hashes again, so that a login to an unknown address keeps the cost of a login
   * to a known one. Returns the number of different parameters.
   */
  readonly refreshDummyCredentials: () => Promise<number>;
  /** Stops listening for notices. */
  readonly close: () => void;
}

/**
 * Creates every flow and wires it to what it depends on.
 *
 * @throws UnusableKeys when stored rows need a key that ENCRYPTION_KEYS lacks, or cannot be opened
 */
export const createAuth = async (options: AuthOptions): Promise<Auth> => {
  const { store, secretBox, config, clock, hasher, passwordPolicy, mailQueue, counters, application } = options;
  await assertEncryptionKeys(store, secretBox);
  const keys = await openSigningKeys(store, secretBox, config, clock);
  const principals = createPrincipalCache(store, undefined, options.listenerReports);
  const { hooks, hookReports, jobs, jobQueue, jobReports, mails } = application;
  const onUsersCreated = createOnUsersCreated(hooks);
  const change = createChange({
    store,
    mailQueue,
    jobQueue,
    applicationMails: mails,
    principals,
    clock,
    onUsersCreated,
  });
  const accessFor = createAccessFor({ change, store, config: config.application });

  const limits = options.limits ?? limitsOf(config);
  const reportExhausted = createExhaustionReport(store, clock);
  const rateLimits = createRateLimits(counters, limits, keys, reportExhausted, options.onRateLimited);
  const deviceTokens = createDeviceTokens(store);
  const findLinkToken = createFindLinkToken({ store, rateLimits });
  const signTokens = createSignTokens(config, keys);
  const { onClaimsKept, onErasureFailure, onUnrecorded } = hookReports;
  const issueTokens = createIssueTokens({ signTokens, store, hooks, accessFor, onClaimsKept });
  const beforeSignUp = createBeforeSignUp(hooks);
  const exportApplicationData = createExportApplicationData(hooks, accessFor);
  const erasedUsers = createErasedUsers({ change, store, hooks, onFailure: onErasureFailure, onUnrecorded });
  const replacedSessions = createReplacedSessions({ store, keys, config });
  const mailRequests = createMailRequests(options);
  const confirmPassword = createConfirmPassword({ change, store, hasher, rateLimits });
  const keepLastAdministrator = createKeepLastAdministrator({ change, config });
  const userChanges = createUserChanges({ change, keepLastAdministrator });
  const choosePassword = createChoosePassword({ hasher, passwordPolicy });

  const currentHash = await hasher.admit(null, ({ hash }) => hash(randomBytes(32).toString('base64url')));
  const dummies = await createDummyCredentials(() => store.passwordCredentials.parameterSets(), currentHash, keys);
  const dummyHash = dummies.hashFor;
  const authenticate = translateDatabaseErrors(createAuthenticate({ config, clock, keys, principals }));

  return {
    async authenticate(headers) {
      const token = readBearerToken(headers);
      return token === undefined ? { kind: 'anonymous', reason: 'MISSING' } : authenticate(token);
    },
    recordDeniedAccess: translateDatabaseErrors(createRecordDeniedAccess(store, clock)),
    signUp: translateDatabaseErrors(createSignUp({ change, config, hasher, passwordPolicy, rateLimits, beforeSignUp })),
    emailVerification: translateDatabaseErrorsOfEach(
      createEmailVerification({
        store,
        verifySignUp: createSignUpVerification({ change, config, choosePassword }),
        verifyAccount: createAccountVerification({ change, choosePassword }),
        rateLimits,
        mailRequests,
        findLinkToken,
      }),
    ),
    emailChange: translateDatabaseErrorsOfEach(
      createEmailChange({ change, rateLimits, mailRequests, confirmPassword, findLinkToken }),
    ),
    login: translateDatabaseErrorsOfEach(
      createPasswordLogin({
        change,
        store,
        config,
        hasher,
        rateLimits,
        deviceTokens,
        dummyHash,
        replacedSessions,
        issueTokens,
      }),
    ),
    refresh: translateDatabaseErrors(createRefresh({ change, store, config, clock, keys, rateLimits, issueTokens })),
    sessions: translateDatabaseErrorsOfEach(createSessions({ change, store, keys })),
    passwords: translateDatabaseErrorsOfEach(
      createPasswordChange({
        change,
        store,
        config,
        hasher,
        passwordPolicy,
        confirmPassword,
        replacedSessions,
        issueTokens,
      }),
    ),
    passwordReset: translateDatabaseErrorsOfEach(
      createPasswordReset({ change, store, hasher, passwordPolicy, rateLimits, mailRequests, findLinkToken }),
    ),
    updateProfile: translateDatabaseErrors(createUpdateProfile({ change })),
    accountDeletion: translateDatabaseErrorsOfEach(
      createAccountDeletion({ change, store, keepLastAdministrator, userChanges, confirmPassword, erasedUsers }),
    ),
    ...translateDatabaseErrorsOfEach(
      createPersonalDataExport({ change, store, clock, confirmPassword, userChanges, exportApplicationData }),
    ),
    users: translateDatabaseErrorsOfEach({
      ...createUsers({ change, store, hasher, passwordPolicy }),
      ...createUserList({ store }),
      ...createUserAdministration({ userChanges, rateLimits, clock }),
      setEmail: createSetEmail({ change }),
    }),
    bulkImport: translateDatabaseErrors(createBulkImport({ change, store, clock })),
    bulkExport: translateDatabaseErrorsOfEach(createBulkExport({ change, store })),
    queuedMail: translateDatabaseErrorsOfEach(createQueuedMail({ change, store, secretBox })),
    processMailRequests: createMailRequestWorker({ change, store, secretBox, rateLimits }),
    applicationAccess: accessFor,
    takeOfApplication: translateDatabaseErrors((...args: Parameters<RateLimits['takeOfApplication']>) =>
      rateLimits.takeOfApplication(...args),
    ),
    processErasedUsers: erasedUsers.process,
    applicationReads: createReadsFor({ store }),
    applicationJobs: createJobWorker({ store, secretBox, jobs, accessFor, reports: jobReports }),
    settings: publicSettingsOf(config),
    jwks: () => keys.current().accessTokens.jwks(),
    async watchDatabase() {
      principals.listen();
      const readiness = await store.watch();
      return {
        isReady: () => readiness.isReady(),
        isReadOnly: () => readiness.isReadOnly(),
        receivesNotices: () => principals.receivesNotices(),
      };
    },
    principalReads: () => principals.reads(),
    principalCacheState: () => principals.state(),
    refreshDummyCredentials: translateDatabaseErrors(dummies.refresh),
    close: () => {
      principals.close();
    },
  };
};
