import { Field, ID, InputType } from 'type-graphql';

import type { Role } from '../app/roles.js';
import { Secret, Text } from './validators.js';
import { RoleEnum } from './users/users.types.js';

// Wide enough for anything honest; the flows decide what is acceptable. A bound keeps a megabyte from being parsed or hashed.
const EMAIL_MAX = 320;
const PASSWORD_MAX = 1024;
const ID_MAX = 100;
const NAME_MAX = 200;
const LOCALE_MAX = 35;

@InputType({ description: 'What is needed to sign up.' })
export class SignUpInput {
  @Field(() => String, { description: 'Where the verification mail goes.' })
  @Text(EMAIL_MAX)
  readonly email!: string;

  @Field(() => String, { description: 'The password of one’s choice; see `authConfig.passwordPolicy`.' })
  @Secret(PASSWORD_MAX)
  readonly password!: string;

  @Field(() => String, { nullable: true, description: 'What the user wants to be called.' })
  @Text(NAME_MAX)
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mail, as a BCP 47 tag.' })
  @Text(LOCALE_MAX)
  readonly locale?: string | null;
}

@InputType({ description: 'The token from the mail, and what shows who made the sign-up.' })
export class VerifyEmailInput {
  @Field(() => String, { description: 'The token of the link.' })
  readonly token!: string;

  @Field(() => String, { nullable: true, description: 'What `signUp` answered; keeps the password given there.' })
  readonly receipt?: string | null;

  @Field(() => String, { nullable: true, description: 'A new password, where there is no receipt.' })
  @Secret(PASSWORD_MAX)
  readonly newPassword?: string | null;
}

@InputType({ description: 'An address and a password.' })
export class LoginInput {
  @Field(() => String, { description: 'The address of the account.' })
  @Text(EMAIL_MAX)
  readonly email!: string;

  @Field(() => String, { description: 'The password, compared exactly.' })
  @Secret(PASSWORD_MAX)
  readonly password!: string;
}

@InputType({ description: 'The refresh token to exchange.' })
export class RefreshSessionInput {
  @Field(() => String, { description: 'The newest refresh token of the session.' })
  readonly refreshToken!: string;
}

@InputType({ description: 'Which session to end, beside that of the bearer.' })
export class LogoutInput {
  @Field(() => String, { description: 'A refresh token of the session.' })
  readonly refreshToken!: string;
}

@InputType({ description: 'Which session to end.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'One of `mySessions`.' })
  @Text(ID_MAX)
  readonly sessionId!: string;
}

@InputType({ description: 'The present password and the next.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password until now.' })
  @Secret(PASSWORD_MAX)
  readonly currentPassword!: string;

  @Field(() => String, { description: 'The password from now on.' })
  @Secret(PASSWORD_MAX)
  readonly newPassword!: string;
}

@InputType({ description: 'An address.' })
export class EmailInput {
  @Field(() => String, { description: 'The address.' })
  @Text(EMAIL_MAX)
  readonly email!: string;
}

@InputType({ description: 'The token from the mail, and the password from now on.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'The token of the link.' })
  readonly token!: string;

  @Field(() => String, { description: 'The password from now on.' })
  @Secret(PASSWORD_MAX)
  readonly newPassword!: string;
}

@InputType({ description: 'Where mail shall go from now on.' })
export class RequestEmailChangeInput {
  @Field(() => String, { description: 'The new address.' })
  @Text(EMAIL_MAX)
  readonly newEmail!: string;

  @Field(() => String, { description: 'Your password.' })
  @Secret(PASSWORD_MAX)
  readonly password!: string;
}

@InputType({ description: 'The token from the mail to the new address.' })
export class ConfirmEmailChangeInput {
  @Field(() => String, { description: 'The token of the link.' })
  readonly token!: string;
}

@InputType({ description: 'What to change of one’s profile.' })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: 'What you want to be called.' })
  @Text(NAME_MAX)
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mail, as a BCP 47 tag.' })
  @Text(LOCALE_MAX)
  readonly locale?: string | null;
}

@InputType({ description: 'Your password, asked again.' })
export class PasswordInput {
  @Field(() => String, { description: 'Your password.' })
  @Secret(PASSWORD_MAX)
  readonly password!: string;
}

@InputType({ description: 'Which user.' })
export class UserIdInput {
  @Field(() => ID, { description: 'The id of the user.' })
  @Text(ID_MAX)
  readonly userId!: string;
}

@InputType({ description: 'Which user, and the roles it shall have.' })
export class SetUserRolesInput {
  @Field(() => ID, { description: 'The id of the user.' })
  @Text(ID_MAX)
  readonly userId!: string;

  @Field(() => [RoleEnum], { description: 'All roles that the user has afterwards.' })
  readonly roles!: Role[];
}
