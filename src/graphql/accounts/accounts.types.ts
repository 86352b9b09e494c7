import { Field, InputType, ObjectType } from 'type-graphql';

import type { UserRecord } from '../../auth/users/users.js';
import { GatehouseError } from '../../errors.js';
import { DateTime } from '../date-time.js';
import {
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidInputError,
  LastAdministratorError,
  RateLimitedError,
  SignUpClosedError,
  WeakPasswordError,
} from '../error-result.js';
import { resultUnion } from '../union.js';
import { User } from '../users/users.types.js';
import { MAX_LENGTH, Secret, Text } from '../validators.js';

@InputType({ description: 'What is needed to sign up.' })
export class SignUpInput {
  @Field(() => String, { description: 'Where the verification mail goes.' })
  @Text(MAX_LENGTH.email)
  readonly email!: string;

  @Field(() => String, { description: 'The password of one’s choice; see `authConfig.passwordPolicy`.' })
  @Secret(MAX_LENGTH.password)
  readonly password!: string;

  @Field(() => String, { nullable: true, description: 'What the user wants to be called.' })
  @Text(MAX_LENGTH.name)
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mail, as a BCP 47 tag.' })
  @Text(MAX_LENGTH.locale)
  readonly locale?: string | null;
}

@InputType({ description: 'What to change of one’s profile.' })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: 'What you want to be called.' })
  @Text(MAX_LENGTH.name)
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mail, as a BCP 47 tag.' })
  @Text(MAX_LENGTH.locale)
  readonly locale?: string | null;
}

@InputType({ description: 'Your password, asked again.' })
export class PasswordInput {
  @Field(() => String, { description: 'Your password.' })
  @Secret(MAX_LENGTH.password)
  readonly password!: string;
}

@ObjectType({ description: 'A mail is on its way, if the address is good for one.' })
export class SignUpSuccess {
  @Field(() => String, { description: 'Keep it until the address is verified: it shows that the sign-up was yours.' })
  readonly receipt: string;

  constructor(receipt: string) {
    this.receipt = receipt;
  }
}

@ObjectType({ description: 'You as you are now.' })
export class UpdateProfileSuccess {
  @Field(() => User, { description: 'You.' })
  readonly user: User;

  constructor(record: UserRecord) {
    this.user = new User(record);
  }
}

@ObjectType({ description: 'The account will be erased, and you are logged out everywhere.' })
export class DeleteMyAccountSuccess {
  @Field(() => DateTime, {
    description: 'Until then you can log in and cancel.',
  })
  readonly eraseAfter: Date;

  constructor(eraseAfter: Date) {
    this.eraseAfter = eraseAfter;
  }
}

@ObjectType({ description: 'The account stays.' })
export class CancelAccountDeletionSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

@ObjectType({ description: 'What is held about you.' })
export class ExportMyDataSuccess {
  #json: string | undefined;

  constructor(json: string) {
    this.#json = json;
  }

  /** Returns the file once per request: hundreds of aliases of megabytes each would fill the server's memory. */
  @Field(() => String, {
    description:
      'A JSON file of at most about 4 MiB. If rows are left out, its `omitted` states how many of each list. Can be selected once.',
  })
  json(): string {
    const json = this.#json;
    if (json === undefined) throw new GatehouseError('QUERY_TOO_COMPLEX');
    this.#json = undefined;
    return json;
  }
}

export const SignUpResult = resultUnion('SignUpResult', 'How a sign-up ends.', [
  SignUpSuccess,
  WeakPasswordError,
  InvalidEmailError,
  SignUpClosedError,
  RateLimitedError,
] as const);

export const UpdateProfileResult = resultUnion('UpdateProfileResult', 'How a change of the profile ends.', [
  UpdateProfileSuccess,
  InvalidInputError,
] as const);

export const DeleteMyAccountResult = resultUnion('DeleteMyAccountResult', 'How a request for deletion ends.', [
  DeleteMyAccountSuccess,
  InvalidCredentialsError,
  LastAdministratorError,
  RateLimitedError,
] as const);

export const ExportMyDataResult = resultUnion('ExportMyDataResult', 'How an export ends.', [
  ExportMyDataSuccess,
  InvalidCredentialsError,
  RateLimitedError,
] as const);
