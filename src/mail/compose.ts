import type { Config } from '../config/config.js';
import type { NewDeviceEmailText } from '../languages/language.js';
import type { PageTranslations } from '../languages/page-translations.js';
import { escapeHtml } from '../values/html-text.js';
import type { ApplicationMails } from './application-mails.js';
import type { ApplicationMessage, EmailMessage, Message } from './email-message.js';
import { readLanguageFiles } from './language-files.js';
import { ownForms } from './message-forms.js';
import { LINK, SERVICE, templates, type PlaceholderValues } from './templates.js';
import { createTranslations } from './translations.js';

/** An email in one language, as plain text and as simple HTML. */
export interface ComposedEmail {
  /** A canonical BCP 47 tag. */
  readonly locale: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The URL of its link. */
  readonly link?: string;
}

export interface EmailComposer {
  /** The languages in which emails can be composed, as canonical BCP 47 tags. */
  readonly locales: readonly string[];
  /** The languages of the application's mails. */
  readonly mailLocales: readonly string[];
  /** Warnings for the operator about the files in MAIL_TEMPLATES_DIR. */
  readonly notices: readonly string[];
  /** The texts of the pages that links lead to. They are from the same files. */
  readonly pages: PageTranslations;
  readonly compose: (message: Pick<EmailMessage, 'locale' | 'message'>) => ComposedEmail;
}

/** The parts of the configuration that emails are composed from. */
export interface EmailComposerOptions {
  /** The address of the server, whose own pages links lead to while APP_URL is not set. */
  readonly publicUrl: string;
  readonly appUrl?: string | undefined;
  /** APP_NAME; undefined when it is not set. */
  readonly appName?: string | undefined;
  readonly mailFrom: Config['mailFrom'];
  readonly mailTemplatesDir?: string | undefined;
}

/**
 * Creates the composer of emails, which reads all texts once. Links start with a URL from the configuration and never with
 * the Host header of a request: an attacker who forged that header would receive the token.
 *
 * An attacker may have chosen a value, such as an address or the name of a device. It is inserted into the plain text and
 * escaped together with it, so that it never becomes markup, and loses the characters that would break a line or change
 * the direction of the text around it.
 *
 * @throws UnusableTemplates
 */
export const createEmailComposer = (
  options: EmailComposerOptions,
  applicationMails: Pick<ApplicationMails, 'texts' | 'forms'> = { texts: {}, forms: new Map() },
): EmailComposer => {
  const { mailTemplatesDir, publicUrl, appUrl: baseUrl = publicUrl } = options;
  const forms = new Map([...ownForms, ...applicationMails.forms]);
  const files = mailTemplatesDir === undefined ? [] : readLanguageFiles(mailTemplatesDir, forms);
  const { emails, mails, pages, notices } = createTranslations(files, applicationMails);
  const service = serviceName(options, baseUrl);

  const compose: EmailComposer['compose'] = ({ locale: requested, message }) => {
    const isOwn = message.template !== 'application';
    const { locale, text } = isOwn ? emails.choose(requested, message.template) : mails.choose(requested, message.mail);
    const values = { ...(isOwn ? valuesOf(message, text, locale) : message.values), [SERVICE]: service };
    const filled = (line: string) => fillPlaceholders(line, values);
    const label = 'link' in text ? text.link : undefined;
    const link = label === undefined ? undefined : { url: linkUrl(message, baseUrl, locale), label: filled(label) };
    const subject = filled(text.subject);
    const content: Content = { locale, subject, paragraphs: text.paragraphs.map(filled), link };
    return {
      locale,
      subject,
      text: plainText(content),
      html: html(content),
      ...(link ? { link: link.url } : {}),
    };
  };
  return { locales: emails.locales, mailLocales: mails.locales, notices, pages, compose };
};

/** An email whose placeholders are replaced, except for the link. */
interface Content {
  readonly locale: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link: { readonly url: string; readonly label: string } | undefined;
}

const serviceName = ({ appName, mailFrom }: EmailComposerOptions, baseUrl: string): string =>
  appName ?? (mailFrom.name || new URL(baseUrl).hostname);

// Our own pages read `lang`. Without it, they use the browser's language or English.
const linkUrl = (message: Message | ApplicationMessage, baseUrl: string, locale: string): string => {
  if (message.template === 'application') {
    if (message.path === undefined) throw new Error(`${message.mail} was queued without a link`);
    return `${baseUrl}${message.path}`;
  }
  const template = templates[message.template];
  if (!('path' in template && 'token' in message)) throw new Error(`${message.template} has no link`);
  const language = /^en\b/.test(locale) ? '' : `&lang=${locale}`;
  return `${baseUrl}${template.path}?token=${encodeURIComponent(message.token)}${language}`;
};

const valuesOf = (message: Message, text: object, locale: string): Readonly<Record<string, string>> => {
  switch (message.template) {
    case 'email-change-requested':
    case 'email-changed':
      return { newEmail: message.newEmail } satisfies PlaceholderValues<typeof message.template>;
    case 'new-device': {
      const { unknownDevice, unknownNetwork } = text as NewDeviceEmailText;
      return {
        at: formatTime(locale, message.at),
        device: message.device ?? unknownDevice,
        network: message.network ?? unknownNetwork,
      } satisfies PlaceholderValues<'new-device'>;
    }
    case 'deletion-scheduled':
      return { eraseAfter: formatTime(locale, message.eraseAfter) } satisfies PlaceholderValues<'deletion-scheduled'>;
    case 'verify-email':
    case 'sign-up-attempted':
    case 'reset-password':
    case 'change-email':
    case 'email-assigned':
    case 'password-changed':
    case 'account-deleted':
      return {};
  }
};

const formatTime = (locale: string, at: string): string =>
  new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(new Date(at));

const VALUE_MAX = 320;

/** Replaces placeholders in one pass, so that a value that looks like a placeholder is not replaced itself. */
const fillPlaceholders = (line: string, values: Readonly<Record<string, string>>): string =>
  line.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, VALUE_MAX);
  });

const plainText = ({ paragraphs, link }: Content): string =>
  `${paragraphs.map((paragraph) => (link && paragraph === LINK ? link.url : paragraph)).join('\n\n')}\n`;

/**
 * Without colors, so that the reader's color scheme applies, and without anything that is fetched, so that nobody learns
 * that the email was read.
 */
const html = ({ locale, subject, paragraphs, link }: Content): string => {
  const blocks = paragraphs.map((paragraph) =>
    link && paragraph === LINK ? anchor(link) : `<p dir="auto">${escapeHtml(paragraph)}</p>`,
  );
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0 auto;padding:24px;max-width:36em;font:16px/1.5 system-ui,sans-serif">
${blocks.join('\n')}
</body>
</html>
`;
};

const anchor = ({ url, label }: NonNullable<Content['link']>): string =>
  `<p dir="auto"><a href="${escapeHtml(url)}" style="display:inline-block;padding:10px 18px;border:2px solid;border-radius:6px;font-weight:bold;text-decoration:none">${escapeHtml(label)}</a></p>
<p dir="ltr" style="font-size:13px;word-break:break-all">${escapeHtml(url)}</p>`;
