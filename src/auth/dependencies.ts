import type { Config } from '../config.js';
import type { Courier } from '../mail/courier.js';
import type { PasswordHasher } from '../security/password.js';
import type { Store } from '../store/store.js';
import type { Principals } from './principals.js';
import type { SigningKeyStore } from './signing-keys.js';
import type { IssueTokens } from './tokens.js';

/** What the flows work with. Time comes in as `clock`, so that tests can move it. */
export interface AuthDependencies {
  readonly store: Store;
  readonly config: Config;
  readonly clock: () => Date;
  readonly hasher: PasswordHasher;
  readonly keys: SigningKeyStore;
  readonly courier: Courier;
  readonly principals: Principals;
  readonly issueTokens: IssueTokens;
}
