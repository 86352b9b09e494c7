
      export interface PossibleTypesResultData {
        possibleTypes: {
          [key: string]: string[]
        }
      }
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "ChangePasswordResult": [
      "ChangePasswordSuccess",
      "InvalidCredentialsError",
      "RateLimitedError",
      "WeakPasswordError"
    ],
    "ConfirmEmailChangeResult": [
      "ConfirmEmailChangeSuccess",
      "InvalidTokenError",
      "RateLimitedError"
    ],
    "DeleteMyAccountResult": [
      "DeleteMyAccountSuccess",
      "InvalidCredentialsError",
      "LastAdministratorError",
      "RateLimitedError"
    ],
    "DeleteUserResult": [
      "DeleteUserSuccess",
      "LastAdministratorError",
      "NotFoundError"
    ],
    "DisableUserResult": [
      "DisableUserSuccess",
      "LastAdministratorError",
      "NotFoundError"
    ],
    "EnableUserResult": [
      "EnableUserSuccess",
      "NotFoundError"
    ],
    "ErrorResult": [
      "EmailNotVerifiedError",
      "InvalidCredentialsError",
      "InvalidEmailError",
      "InvalidInputError",
      "InvalidRefreshTokenError",
      "InvalidTokenError",
      "LastAdministratorError",
      "MfaRequiredError",
      "NotFoundError",
      "PasswordRequiredError",
      "RateLimitedError",
      "SignUpClosedError",
      "SignUpRefusedError",
      "WeakPasswordError"
    ],
    "ExportMyDataResult": [
      "ExportMyDataSuccess",
      "InvalidCredentialsError",
      "RateLimitedError"
    ],
    "IssuedTokens": [
      "ChangePasswordSuccess",
      "LoginSuccess",
      "RefreshSessionSuccess"
    ],
    "LoginResult": [
      "EmailNotVerifiedError",
      "InvalidCredentialsError",
      "LoginSuccess",
      "MfaRequiredError",
      "RateLimitedError"
    ],
    "RefreshSessionResult": [
      "InvalidRefreshTokenError",
      "RateLimitedError",
      "RefreshSessionSuccess"
    ],
    "RequestEmailChangeResult": [
      "InvalidCredentialsError",
      "InvalidEmailError",
      "RateLimitedError",
      "RequestEmailChangeSuccess"
    ],
    "RequestPasswordResetResult": [
      "InvalidEmailError",
      "RateLimitedError",
      "RequestPasswordResetSuccess"
    ],
    "ResendVerificationEmailResult": [
      "InvalidEmailError",
      "RateLimitedError",
      "ResendVerificationEmailSuccess"
    ],
    "ResetPasswordResult": [
      "InvalidTokenError",
      "RateLimitedError",
      "ResetPasswordSuccess",
      "WeakPasswordError"
    ],
    "RevokeSessionResult": [
      "NotFoundError",
      "RevokeSessionSuccess"
    ],
    "RevokeUserSessionsResult": [
      "NotFoundError",
      "RevokeUserSessionsSuccess"
    ],
    "SetUserRolesResult": [
      "LastAdministratorError",
      "NotFoundError",
      "SetUserRolesSuccess"
    ],
    "SignUpResult": [
      "InvalidEmailError",
      "InvalidInputError",
      "RateLimitedError",
      "SignUpClosedError",
      "SignUpRefusedError",
      "SignUpSuccess",
      "WeakPasswordError"
    ],
    "UnlockUserResult": [
      "NotFoundError",
      "UnlockUserSuccess"
    ],
    "UpdateProfileResult": [
      "InvalidInputError",
      "UpdateProfileSuccess"
    ],
    "VerifyEmailResult": [
      "InvalidTokenError",
      "PasswordRequiredError",
      "RateLimitedError",
      "VerifyEmailSuccess",
      "WeakPasswordError"
    ]
  }
};
      export default result;
    