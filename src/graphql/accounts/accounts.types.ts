import { Field, GraphQLISODateTime, ObjectType } from 'type-graphql';

import type { UserRecord } from '../../auth/users/users.js';
import { GatehouseError } from '../../errors.js';
import {
  InvalidCredentials,
  InvalidEmail,
  InvalidInput,
  InvalidToken,
  LastAdministrator,
  PasswordRequired,
  RateLimited,
  SignUpClosed,
  WeakPassword,
} from '../error-result.js';
import { union } from '../union.js';
import { User } from '../users/users.types.js';

@ObjectType({ description: 'A mail is on its way, if the address is good for one.' })
export class SignUpAccepted {
  @Field(() => String, { description: 'Keep it until the address is verified: it shows that the sign-up was yours.' })
  readonly receipt: string;

  constructor(receipt: string) {
    this.receipt = receipt;
  }
}

@ObjectType({ description: 'The address is proved; log in.' })
export class VerifyEmailSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

@ObjectType({ description: 'Heard. If the address is good for a mail, one is on its way.' })
export class MailAccepted {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly accepted = true;
}

@ObjectType({ description: 'The password is set; log in with it.' })
export class ResetPasswordSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

@ObjectType({ description: 'The account has the new address.' })
export class ConfirmEmailChangeSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
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
  @Field(() => GraphQLISODateTime, { description: 'Until then you can log in and cancel.' })
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

  /** It is given away once: hundreds of aliases of megabytes each would fill the server's memory. */
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

export const SignUpResult = union('SignUpResult', 'How a sign-up ends.', [
  SignUpAccepted,
  WeakPassword,
  InvalidEmail,
  SignUpClosed,
  RateLimited,
] as const);

export const VerifyEmailResult = union('VerifyEmailResult', 'How a verification ends.', [
  VerifyEmailSuccess,
  InvalidToken,
  PasswordRequired,
  WeakPassword,
  RateLimited,
] as const);

export const ResetPasswordResult = union('ResetPasswordResult', 'How a reset of the password ends.', [
  ResetPasswordSuccess,
  InvalidToken,
  WeakPassword,
  RateLimited,
] as const);

export const RequestEmailChangeResult = union('RequestEmailChangeResult', 'How a request for another address ends.', [
  MailAccepted,
  InvalidCredentials,
  InvalidEmail,
  RateLimited,
] as const);

export const ConfirmEmailChangeResult = union('ConfirmEmailChangeResult', 'How a change of address ends.', [
  ConfirmEmailChangeSuccess,
  InvalidToken,
] as const);

export const UpdateProfileResult = union('UpdateProfileResult', 'How a change of the profile ends.', [
  UpdateProfileSuccess,
  InvalidInput,
] as const);

export const DeleteMyAccountResult = union('DeleteMyAccountResult', 'How a request for deletion ends.', [
  DeleteMyAccountSuccess,
  InvalidCredentials,
  LastAdministrator,
  RateLimited,
] as const);

export const ExportMyDataResult = union('ExportMyDataResult', 'How an export ends.', [
  ExportMyDataSuccess,
  InvalidCredentials,
  RateLimited,
] as const);
