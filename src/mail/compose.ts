import { createLanguages } from './translations.js';
import { readLanguageFiles } from './language-files.js';
import type { EmailMessage, Message } from './email-message.js';
import { LINK, SERVICE, templates, type Text, type Values } from './templates.js';

/** What a mail says, in plain text and as simple HTML. */
export interface ComposedEmail {
  /** The language it is in. */
  readonly locale: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Where its link leads, if it has one. */
  readonly link?: string;
}

/** Writes letters. */
export interface EmailComposer {
  readonly locales: readonly string[];
  readonly notices: readonly string[];
  readonly write: (letter: Pick<EmailMessage, 'locale' | 'message'>) => ComposedEmail;
}

/** Where links lead, who says it, and where further texts are. */
export interface EmailComposerOptions {
  /** Our own pages, to which links lead while there is no front end. */
  readonly publicUrl: string;
  readonly appUrl?: string | undefined;
  readonly mailFrom: string;
  readonly mailTemplatesDir?: string | undefined;
}

/**
 * Reads the texts, once. Links begin with a URL from the configuration, never with what a request says of the host: a
 * forged Host header would otherwise send the token to whoever forged it.
 *
 * What a stranger may have chosen, an address or the name of a device, is put into plain text first and escaped with it, so
 * that it is never markup, and loses what would break a line or turn the direction of the text around it.
 *
 * @throws UnusableTemplates
 */
export const createEmailComposer = (options: EmailComposerOptions): EmailComposer => {
  const { mailFrom, mailTemplatesDir, publicUrl, appUrl: baseUrl = publicUrl } = options;
  const languages = createLanguages(mailTemplatesDir === undefined ? [] : readLanguageFiles(mailTemplatesDir));
  const service = serviceOf(mailFrom, baseUrl);

  const write: EmailComposer['write'] = ({ locale: wish, message }) => {
    const { locale, text } = languages.choose(wish, message.template);
    const values = { ...valuesOf(message, text, locale), [SERVICE]: service };
    const say = (line: string) => fill(line, values);
    const link = 'link' in text ? { url: linkOf(message, baseUrl, locale), label: say(text.link) } : undefined;
    const written: Page = { locale, subject: say(text.subject), paragraphs: text.paragraphs.map(say), link };
    return {
      locale,
      subject: written.subject,
      text: plain(written),
      html: html(written),
      ...(link ? { link: link.url } : {}),
    };
  };
  return { ...languages, write };
};

/** A message with everything in its place but the link. */
interface Page {
  readonly locale: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link: { readonly url: string; readonly label: string } | undefined;
}

const serviceOf = (mailFrom: string, baseUrl: string): string =>
  /^(.+) </.exec(mailFrom)?.[1]?.trim() ?? new URL(baseUrl).hostname;

// Our own pages read the language; English is what they speak without being told.
const linkOf = (message: Message, baseUrl: string, locale: string): string => {
  const template = templates[message.template];
  if (!('path' in template && 'token' in message)) throw new Error(`${message.template} has no link`);
  const language = /^en\b/.test(locale) ? '' : `&lang=${locale}`;
  return `${baseUrl}${template.path}?token=${encodeURIComponent(message.token)}${language}`;
};

const valuesOf = (message: Message, text: Text, locale: string): Readonly<Record<string, string>> => {
  switch (message.template) {
    case 'email-change-requested':
    case 'email-changed':
      return { newEmail: message.newEmail } satisfies Values<typeof message.template>;
    case 'new-device': {
      const { unknownDevice, unknownNetwork } = text as Text<'new-device'>;
      return {
        at: timeIn(locale, message.at),
        device: message.device ?? unknownDevice,
        network: message.network ?? unknownNetwork,
      } satisfies Values<'new-device'>;
    }
    case 'deletion-scheduled':
      return { eraseAfter: timeIn(locale, message.eraseAfter) } satisfies Values<'deletion-scheduled'>;
    case 'verify-email':
    case 'sign-up-attempted':
    case 'reset-password':
    case 'change-email':
    case 'password-changed':
    case 'account-deleted':
      return {};
  }
};

const timeIn = (locale: string, at: string): string =>
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

/** Replaces each placeholder once, so that a value that looks like one stays what it is. */
const fill = (line: string, values: Readonly<Record<string, string>>): string =>
  line.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, VALUE_MAX);
  });

const plain = ({ paragraphs, link }: Page): string =>
  `${paragraphs.map((paragraph) => (link && paragraph === LINK ? link.url : paragraph)).join('\n\n')}\n`;

/** No colours, so that it is as dark as the reader wants it; nothing that is fetched, so that nobody learns that it was read. */
const html = ({ locale, subject, paragraphs, link }: Page): string => {
  const blocks = paragraphs.map((paragraph) =>
    link && paragraph === LINK ? anchor(link) : `<p dir="auto">${escape(paragraph)}</p>`,
  );
  return `<!doctype html>
<html lang="${escape(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escape(subject)}</title>
</head>
<body style="margin:0 auto;padding:24px;max-width:36em;font:16px/1.5 system-ui,sans-serif">
${blocks.join('\n')}
</body>
</html>
`;
};

const anchor = ({ url, label }: NonNullable<Page['link']>): string =>
  `<p dir="auto"><a href="${escape(url)}" style="display:inline-block;padding:10px 18px;border:2px solid;border-radius:6px;font-weight:bold;text-decoration:none">${escape(label)}</a></p>
<p dir="ltr" style="font-size:13px;word-break:break-all">${escape(url)}</p>`;

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
