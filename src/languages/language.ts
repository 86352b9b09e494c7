/** The text of an email, as plain text: HTML is generated from it and never written in it. */
export interface EmailText {
  readonly subject: string;
  readonly paragraphs: readonly string[];
}

/** The text of an email with a link, which replaces the paragraph `{link}`. */
export interface LinkEmailText extends EmailText {
  /** The label of the button. */
  readonly link: string;
}

/** The text of the email about a login from a new device. */
export interface NewDeviceEmailText extends EmailText {
  /** Replaces `{device}` when the user agent does not name one. */
  readonly unknownDevice: string;
  /** Replaces `{network}` when the client's address is not known. */
  readonly unknownNetwork: string;
}

/** The texts of all emails in one language, by the name of the template. */
export interface EmailTexts {
  readonly 'verify-email': LinkEmailText;
  readonly 'sign-up-attempted': EmailText;
  readonly 'reset-password': LinkEmailText;
  readonly 'change-email': LinkEmailText;
  readonly 'email-change-requested': EmailText;
  readonly 'email-changed': EmailText;
  readonly 'email-assigned': EmailText;
  readonly 'password-changed': EmailText;
  readonly 'new-device': NewDeviceEmailText;
  readonly 'deletion-scheduled': EmailText;
  readonly 'account-deleted': EmailText;
}

/** The name of a page: the last segment of its path. */
export type PageName = 'verify-email' | 'reset-password' | 'confirm-email-change';

/**
 * The text of one page. A form has a text above it and the label of its button.
 *
 * A link alone does nothing, because email scanners open every link and run its scripts. The form `confirm` only asks for
 * confirmation. The form `choose` takes a new password: at once, or when the response to the first form asks for one.
 */
export interface PageText {
  readonly heading: string;
  readonly confirmText?: string;
  readonly confirmButton?: string;
  readonly chooseText?: string;
  readonly chooseButton?: string;
  readonly done: string;
  readonly invalidToken: string;
}

/** Texts that every page can contain. */
export interface SharedPageTexts {
  /** The words above the result of a form, for those who do not see its color. */
  readonly succeeded: string;
  readonly refused: string;
  /** Where to log in after a success. `{email}` is the address of the account. */
  readonly logIn: string;
  readonly password: string;
  readonly showPassword: string;
  readonly policy: string;
  readonly weak: string;
  readonly tooShort: string;
  readonly tooLong: string;
  readonly leaked: string;
  readonly personal: string;
  readonly limited: string;
  readonly failed: string;
  readonly noToken: string;
  readonly noScript: string;
}

/**
 * The texts of all pages in one language. `{service}` is allowed in each of them. The other placeholders in the English text,
 * such as `{minLength}`, are required in every language.
 */
export interface PageTexts extends Readonly<Record<PageName, PageText>> {
  readonly shared: SharedPageTexts;
  /** What `/` says in production. */
  readonly server: { readonly text: string };
}

/** Everything that emails and pages say in one language. */
export interface Language {
  readonly emails: EmailTexts;
  readonly pages: PageTexts;
}
