import type { Message } from './email-message.js';

/** What the texts of a message say in every language, and where its link leads. */
interface Template {
  /** The path below APP_URL; absent where there is nothing to follow. */
  readonly path?: string;
  /** What only this message knows. Each stands in a paragraph of every language, or the reader is not told. */
  readonly placeholders: readonly string[];
  /** Texts for what may not be known. */
  readonly words: readonly string[];
}

/** Every message. A template with a path has `{link}` as a paragraph of its own; `{service}` may stand anywhere. */
export const templates = {
  'verify-email': { path: '/verify-email', placeholders: [], words: [] },
  'sign-up-attempted': { placeholders: [], words: [] },
  'reset-password': { path: '/reset-password', placeholders: [], words: [] },
  'change-email': { path: '/confirm-email-change', placeholders: [], words: [] },
  'email-change-requested': { placeholders: ['newEmail'], words: [] },
  'email-changed': { placeholders: ['newEmail'], words: [] },
  'password-changed': { placeholders: [], words: [] },
  'new-device': { placeholders: ['at', 'device', 'network'], words: ['unknownDevice', 'unknownNetwork'] },
  'deletion-scheduled': { placeholders: ['eraseAfter'], words: [] },
  'account-deleted': { placeholders: [], words: [] },
} as const satisfies Record<Message['template'], Template>;

export type TemplateName = keyof typeof templates;

type Of<T extends TemplateName> = (typeof templates)[T];

/** What a message has to say in place of its own placeholders. */
export type Values<T extends TemplateName> = Readonly<Record<Of<T>['placeholders'][number], string>>;

/** The texts of one message in one language. Plain text throughout: HTML is made of it, never written in it. */
export type Text<T extends TemplateName = TemplateName> = T extends TemplateName
  ? {
      readonly subject: string;
      readonly paragraphs: readonly string[];
    } & (Of<T> extends { readonly path: string } ? { readonly link: string } : unknown) &
      Readonly<Record<Of<T>['words'][number], string>>
  : never;

/** The texts of every message in one language. */
export type Language = { readonly [T in TemplateName]: Text<T> };

/** The paragraph in whose place the link stands. */
export const LINK = '{link}';

/** Stands for who sends the mail: the name in MAIL_FROM, or the host of APP_URL. */
export const SERVICE = 'service';
