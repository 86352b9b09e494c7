import type { Config } from '../config.js';
import type { Courier } from '../mail/courier.js';
import type { PasswordHasher } from '../security/password.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Store } from '../store/store.js';
import type { MailRequests } from './mail-requests.js';
import type { ConfirmPassword } from './password-confirmation.js';
import type { PasswordPolicy } from './password-policy.js';
import type { Principals } from './principals.js';
import type { SigningKeyStore } from './signing-keys.js';
import type { Throttle } from './throttle.js';
import type { IssueTokens } from './tokens.js';

/** What the flows work with. Time comes in as `clock`, so that tests can move it. */
export interface AuthDependencies {
  readonly store: Store;
  readonly config: Config;
  readonly clock: () => Date;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly keys: SigningKeyStore;
  readonly secretBox: SecretBox;
  readonly courier: Courier;
  readonly throttle: Throttle;
  readonly mailRequests: MailRequests;
  readonly confirmPassword: ConfirmPassword;
  readonly principals: Principals;
  readonly issueTokens: IssueTokens;
}
