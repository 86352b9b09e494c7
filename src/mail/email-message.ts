/** What a mail says. A link's token is part of it, so a letter is a secret until it is delivered. */
export type Message =
  | { readonly template: 'verify-email'; readonly token: string }
  | { readonly template: 'sign-up-attempted' }
  | { readonly template: 'reset-password'; readonly token: string }
  /** To the new address. */
  | { readonly template: 'change-email'; readonly token: string }
  /** To the old address, before and after. */
  | { readonly template: 'email-change-requested'; readonly newEmail: string }
  | { readonly template: 'email-changed'; readonly newEmail: string }
  | { readonly template: 'password-changed' }
  /** `device` is null when the user agent says nothing, `network` when it is not known. `at` is ISO 8601. */
  | {
      readonly template: 'new-device';
      readonly device: string | null;
      readonly network: string | null;
      readonly at: string;
    }
  /** `eraseAfter` is ISO 8601. */
  | { readonly template: 'deletion-scheduled'; readonly eraseAfter: string }
  | { readonly template: 'account-deleted' };

/** A mail before it is written: to whom, in which language, about what. */
export interface EmailMessage {
  /** The stored spelling of the address, and nothing else. */
  readonly to: string;
  /** A BCP 47 tag, as the user chose it or its browser asks for it. */
  readonly locale: string | null;
  readonly message: Message;
}
