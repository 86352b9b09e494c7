import type { EmailText, EmailTexts } from '../languages/language.js';
import type { Message } from './email-message.js';

export type TemplateName = Message['template'];

/** The requirements for the text of an email in every language, and the path of its link. */
type Template<Text> = {
  /**
   * Values that only this message has. In every language at least one paragraph contains each of them, because a warning
   * that does not say what happened warns nobody.
   */
  readonly placeholders: readonly string[];
  /** The names of the texts that replace an unknown value. */
  readonly unknownValues: readonly Exclude<keyof Text, keyof EmailText | 'link'>[];
} & (Text extends { readonly link: string }
  ? { /** The path of the link below APP_URL. */ readonly path: string }
  : { readonly path?: never });

/** All templates. One with a path has `{link}` as a paragraph of its own; `{service}` is allowed everywhere. */
export const templates = {
  'verify-email': { path: '/verify-email', placeholders: [], unknownValues: [] },
  'sign-up-attempted': { placeholders: [], unknownValues: [] },
  'reset-password': { path: '/reset-password', placeholders: [], unknownValues: [] },
  'change-email': { path: '/confirm-email-change', placeholders: [], unknownValues: [] },
  'email-change-requested': { placeholders: ['newEmail'], unknownValues: [] },
  'email-changed': { placeholders: ['newEmail'], unknownValues: [] },
  'email-assigned': { placeholders: [], unknownValues: [] },
  'password-changed': { placeholders: [], unknownValues: [] },
  'new-device': { placeholders: ['at', 'device', 'network'], unknownValues: ['unknownDevice', 'unknownNetwork'] },
  'deletion-scheduled': { placeholders: ['eraseAfter'], unknownValues: [] },
  'account-deleted': { placeholders: [], unknownValues: [] },
} as const satisfies { readonly [T in TemplateName]: Template<EmailTexts[T]> };

/** The values of a message's own placeholders. */
export type PlaceholderValues<T extends TemplateName> = Readonly<
  Record<(typeof templates)[T]['placeholders'][number], string>
>;

/** The paragraph that the link replaces. */
export const LINK = '{link}';

/** The placeholder for the sender of the email: APP_NAME, or the name in MAIL_FROM, or the host of APP_URL. */
export const SERVICE = 'service';

/** The names of the texts of a template, as they appear in a language file. */
export const textPartsOf = (template: TemplateName): readonly string[] => {
  const { unknownValues, ...rest } = templates[template];
  return ['subject', 'paragraphs', ...('path' in rest ? ['link'] : []), ...unknownValues];
};
