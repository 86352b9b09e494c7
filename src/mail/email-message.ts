/**
 * The template of an email, and its values. The token of a link is one of them, so a message is a secret until it is
 * delivered. Times are in ISO 8601.
 */
export type Message =
  | { readonly template: 'verify-email'; readonly token: string }
  | { readonly template: 'sign-up-attempted' }
  | { readonly template: 'reset-password'; readonly token: string }
  /** To the new address. */
  | { readonly template: 'change-email'; readonly token: string }
  /** To the old address, before and after the change. */
  | { readonly template: 'email-change-requested'; readonly newEmail: string }
  | { readonly template: 'email-changed'; readonly newEmail: string }
  /** To the new address, when an operator has changed it. */
  | { readonly template: 'email-assigned' }
  | { readonly template: 'password-changed' }
  /** `device` is null when the user agent does not name one, `network` when the client's address is not known. */
  | {
      readonly template: 'new-device';
      readonly device: string | null;
      readonly network: string | null;
      readonly at: string;
    }
  | { readonly template: 'deletion-scheduled'; readonly eraseAfter: string }
  | { readonly template: 'account-deleted' };

/** A mail of src/app/mails/mails.ts, and the values of its placeholders. */
export interface ApplicationMessage {
  readonly template: 'application';
  /** The name of the mail. */
  readonly mail: string;
  readonly values: Readonly<Record<string, string>>;
  /** The path of its link below APP_URL. */
  readonly path?: string;
}

/** An email before it is composed. */
export interface EmailMessage {
  /** The address as it is stored, without a display name. */
  readonly to: string;
  /** A BCP 47 tag: the language of the account, or the one that the browser requested. */
  readonly locale: string | null;
  readonly message: Message | ApplicationMessage;
}
