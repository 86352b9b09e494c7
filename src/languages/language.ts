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

/** A form: the text above it, and the label of its button. */
interface FormText {
  readonly text: string;
  readonly button: string;
}

/** The text of one page. */
export interface PageText {
  readonly heading: string;
  /** The form that only asks for confirmation. A link alone does nothing: email scanners open every link and run its scripts. */
  readonly confirm?: FormText;
  /** The form that takes a new password, shown at once or when the response to the first form asks for one. */
  readonly choose?: FormText;
  readonly done: string;
  readonly invalidToken: string;
}

/** Texts that every page can contain. */
export interface SharedPageTexts {
  readonly password: string;
  readonly showPassword: string;
  readonly policy: (minLength: number) => string;
  readonly weak: string;
  readonly tooShort: (minLength: number) => string;
  readonly tooLong: (maxLength: number) => string;
  readonly leaked: string;
  readonly personal: string;
  /** The text before and after a number of minutes. */
  readonly limited: readonly [before: string, after: string];
  readonly failed: string;
  readonly noToken: string;
  readonly noScript: string;
}

/** Everything that emails and pages say in one language. */
export interface Language {
  readonly emails: EmailTexts;
  readonly pages: Readonly<Record<PageName, PageText>>;
  readonly sharedPageTexts: SharedPageTexts;
}
