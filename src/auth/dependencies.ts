import type { Config } from '../config/config.js';
import type { MailQueue } from '../mail/mail-queue.js';
import type { PasswordHasher } from '../security/passwords/password.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Store } from '../store/store.js';
import type { MailRequests } from './email-links/mail-requests.js';
import type { ConfirmPassword } from './password-checks/confirmation.js';
import type { PasswordPolicy } from './password-checks/policy.js';
import type { PrincipalCache } from './access/principal-cache.js';
import type { SigningKeyStore } from './keys/signing-keys.js';
import type { RateLimits } from './rate-limits/rate-limits.js';
import type { IssueTokens } from './sessions/tokens.js';

/** What the flows work with. Time comes in as `clock`, so that tests can move it. */
export interface AuthDependencies {
  readonly store: Store;
  readonly config: Config;
  readonly clock: () => Date;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly keys: SigningKeyStore;
  readonly secretBox: SecretBox;
  readonly mailQueue: MailQueue;
  readonly rateLimits: RateLimits;
  readonly mailRequests: MailRequests;
  readonly confirmPassword: ConfirmPassword;
  readonly principals: PrincipalCache;
  readonly issueTokens: IssueTokens;
}
