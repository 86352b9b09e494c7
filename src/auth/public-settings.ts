import type { Config } from '../config/config.js';
import { PASSWORD_MAX_LENGTH } from '../values/policy.js';

type ReadableSetting =
  'signUp' | 'requireVerifiedEmail' | 'accessTokenTtlSeconds' | 'sessionIdleTtlSeconds' | 'sessionAbsoluteTtlSeconds';

/** Settings that a client may read without a login. */
export interface PublicSettings extends Pick<Config, ReadableSetting> {
  readonly passwordPolicy: {
    readonly minLength: number;
    readonly maxLength: number;
    readonly leakedPasswordsRefused: boolean;
  };
}

/** Returns the part of the configuration that clients may know. */
export const publicSettingsOf = ({
  signUp,
  requireVerifiedEmail,
  accessTokenTtlSeconds,
  sessionIdleTtlSeconds,
  sessionAbsoluteTtlSeconds,
  passwordMinLength,
}: Pick<Config, ReadableSetting | 'passwordMinLength'>): PublicSettings => ({
  signUp,
  requireVerifiedEmail,
  accessTokenTtlSeconds,
  sessionIdleTtlSeconds,
  sessionAbsoluteTtlSeconds,
  passwordPolicy: { minLength: passwordMinLength, maxLength: PASSWORD_MAX_LENGTH, leakedPasswordsRefused: true },
});
