import { Field, InputType, Int, ObjectType } from 'type-graphql';

import type { UserRecord } from '../../auth/users/users.js';
import { ONCE_MESSAGE } from '../../authorization/operation-check.js';
import { GatehouseError } from '../../errors.js';
import {
  EXPORT_EVENTS_MAX,
  EXPORT_MAX_BYTES,
  EXPORT_ROWS_MAX,
  NAME_MAX_LENGTH,
  RESEND_AFTER_SECONDS,
} from '../../values/policy.js';
import { DateTime } from '../date-time.js';
import { CURRENT_PASSWORD, DELETION_SCHEDULED_FOR, TRIMMED } from '../descriptions.js';
import {
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidInputError,
  LastAdministratorError,
  RateLimitedError,
  SignUpClosedError,
  SignUpRefusedError,
  WeakPasswordError,
} from '../error-result.js';
import { resultUnion } from '../union.js';
import { User, UserProfile } from '../users/users.types.js';

const NAME = `The display name: at most ${NAME_MAX_LENGTH} characters on one line, without bidirectional controls. An empty string means null.`;
const LOCALE = 'The preferred language of emails, as a BCP 47 tag such as `de-AT`. An empty string means null.';

@InputType({ description: 'The input of `signUp`.' })
export class SignUpInput {
  @Field(() => String, {
    description: `The email address of the new account. ${TRIMMED}`,
  })
  readonly email!: string;

  @Field(() => String, { description: 'The password of the new account. See `AuthConfig.passwordPolicy`.' })
  readonly password!: string;

  @Field(() => String, { nullable: true, description: NAME })
  readonly name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `${LOCALE} If null, emails are in the language that the browser prefers.`,
  })
  readonly locale?: string | null;
}

@InputType({ description: 'The input of `updateProfile`. An absent field stays unchanged; null clears it.' })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: NAME })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: LOCALE })
  readonly locale?: string | null;
}

@InputType({ description: 'The input of `deleteMyAccount`.' })
export class DeleteMyAccountInput {
  @Field(() => String, { description: CURRENT_PASSWORD })
  readonly password!: string;
}

@InputType({ description: 'The input of `exportMyData`.' })
export class ExportMyDataInput {
  @Field(() => String, { description: CURRENT_PASSWORD })
  readonly password!: string;
}

@ObjectType({
  description:
    'The sign-up was accepted. An email is sent to the address, within the limit for the address: a verification link or, if the address has an account already that this sign-up cannot verify, a notice.',
})
export class SignUpSuccess {
  @Field(() => String, {
    description:
      'A secret that ties this sign-up to this device. Store it until the address is verified, and send it as `VerifyEmailInput.receipt` to keep the chosen password. It is valid as long as a link of this sign-up is. Returned for every address.',
  })
  readonly receipt: string;

  @Field(() => Int, {
    description:
      'The number of seconds after which to offer `resendVerificationEmail`. It is the same for every address.',
  })
  readonly resendAfterSeconds = RESEND_AFTER_SECONDS;

  constructor(receipt: string) {
    this.receipt = receipt;
  }
}

@ObjectType({ description: 'The profile was updated.' })
export class UpdateProfileSuccess {
  @Field(() => User, { description: 'The caller, with the new profile.' })
  readonly user: User;

  @Field(() => UserProfile, {
    description: 'The new profile as other users may see it. Select it so that a normalized cache updates both types.',
  })
  readonly profile: UserProfile;

  constructor(record: UserRecord) {
    this.user = new User(record);
    this.profile = { id: record.id, name: record.name };
  }
}

@ObjectType({ description: 'The deletion of the account was scheduled, and all of its sessions have ended.' })
export class DeleteMyAccountSuccess {
  @Field(() => DateTime, {
    description: DELETION_SCHEDULED_FOR,
  })
  readonly deletionScheduledFor: Date;

  constructor(deletionScheduledFor: Date) {
    this.deletionScheduledFor = deletionScheduledFor;
  }
}

@ObjectType({ description: 'The deletion was cancelled, or none was scheduled.' })
export class CancelAccountDeletionPayload {
  @Field(() => User, { description: 'The caller.' })
  readonly user: User;

  constructor(record: UserRecord) {
    this.user = new User(record);
  }
}

@ObjectType({ description: 'The personal data of the caller was exported.' })
export class ExportMyDataSuccess {
  #json: string | undefined;

  constructor(json: string) {
    this.#json = json;
  }

  /** Returns the file once per request: hundreds of aliases of megabytes each would fill the server's memory. */
  @Field(() => String, {
    description: `The data as the text of a JSON file: parse the string, or save it. The lists in it contain at most ${EXPORT_EVENTS_MAX.toLocaleString('en')} security events, ${EXPORT_ROWS_MAX.toLocaleString('en')} rows of every other kind and ${EXPORT_MAX_BYTES / 2 ** 20} MiB together. If rows are left out, the member \`omitted\` at the top level of the JSON states how many of each list; otherwise it is absent. The field can be selected once; a second alias causes \`QUERY_TOO_COMPLEX\`.`,
  })
  json(): string {
    const json = this.#json;
    if (json === undefined) throw new GatehouseError('QUERY_TOO_COMPLEX', { limit: ONCE_MESSAGE });
    this.#json = undefined;
    return json;
  }
}

export const SignUpResult = resultUnion(
  'SignUpResult',
  'Returns the receipt of the sign-up, or the reason why it was not accepted. The result is the same for every address.',
  [
    SignUpSuccess,
    WeakPasswordError,
    InvalidEmailError,
    InvalidInputError,
    SignUpClosedError,
    SignUpRefusedError,
    RateLimitedError,
  ] as const,
);

export const UpdateProfileResult = resultUnion(
  'UpdateProfileResult',
  'Returns the updated user, or the reason why the profile was not changed.',
  [UpdateProfileSuccess, InvalidInputError] as const,
);

export const DeleteMyAccountResult = resultUnion(
  'DeleteMyAccountResult',
  'Returns the time after which the account is erased, or the reason why the deletion was not scheduled.',
  [DeleteMyAccountSuccess, InvalidCredentialsError, LastAdministratorError, RateLimitedError] as const,
);

export const ExportMyDataResult = resultUnion(
  'ExportMyDataResult',
  'Returns the personal data of the caller, or the reason why it was not exported.',
  [ExportMyDataSuccess, InvalidCredentialsError, RateLimitedError] as const,
);
