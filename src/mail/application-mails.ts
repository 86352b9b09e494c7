import type { EmailText } from '../languages/language.js';
import { isJsonObject } from '../values/json-object.js';
import { canonicalLocale } from '../values/language-tag.js';
import type { ApplicationMessage } from './email-message.js';
import {
  checkMessageText,
  ownForms,
  UnusableTexts,
  type MessageForm,
  type MessageForms,
  type Report,
} from './message-forms.js';
import { LINK, SERVICE } from './templates.js';

/** The text of a mail of the application in one language. With a link, one of the paragraphs is `{link}`. */
export interface MailText extends EmailText {
  /** The label of the button. */
  readonly link?: string;
}

/** The mails of an application, by name, each in English and in any other language, by BCP 47 tag. */
export type Mails = Readonly<Record<string, { readonly en: MailText } & Readonly<Record<string, MailText>>>>;

type PlaceholdersIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlaceholdersIn<Rest>
  : never;

type PlaceholdersOf<Text extends MailText> = Exclude<
  PlaceholdersIn<Text['subject'] | Text['paragraphs'][number]>,
  typeof SERVICE | 'link'
>;

/** The values of each mail of a table, by the name of the mail: its placeholders, and the path of its link. */
export type ValuesOfMails<M extends Mails> = {
  readonly [N in keyof M]: Readonly<Record<PlaceholdersOf<M[N]['en']>, string>> &
    (M[N]['en'] extends {
      readonly link: string;
    }
      ? { readonly link: `/${string}` }
      : unknown);
};

/** The mails of the application, checked. */
export interface ApplicationMails {
  readonly texts: Mails;
  readonly forms: MessageForms;
  /**
   * Returns the message of a mail with its values.
   *
   * @throws Error when there is no such mail, a value is missing or unknown, or the link is not a path
   */
  readonly messageOf: (mail: string, values: Readonly<Record<string, string>>) => ApplicationMessage;
}

/**
 * Checks the mails of the application. An error in a text would otherwise be found by the recipient of an email, in a language
 * that the developer may not read.
 *
 * @throws UnusableTexts with all problems
 */
export const createApplicationMails = (mails: Mails): ApplicationMails => {
  const problems: string[] = [];
  const forms = new Map<string, MessageForm>();
  for (const [name, texts] of Object.entries(mails)) {
    const form = checkMail(name, texts, (problem) => problems.push(problem));
    if (form) forms.set(name, form);
  }
  if (problems.length > 0)
    throw new UnusableTexts('src/app/mails/mails.ts contains errors. Correct them and start again.', problems);
  return { texts: mails, forms, messageOf: (mail, values) => messageOf(forms, mail, values) };
};

const checkMail = (name: string, texts: Readonly<Record<string, unknown>>, report: Report): MessageForm | undefined => {
  if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(name) || name.length > 60)
    report(`${name} must be a name of lower-case words with hyphens, such as project-invitation`);
  if (ownForms.has(name) || name === 'pages') report(`${name} is a name of Gatehouse's; choose another one`);
  if (!isJsonObject(texts['en'])) {
    report(`${name} has no English text; add ${name}.en, which is sent to recipients of all other languages`);
    return undefined;
  }
  const form = formOf(texts['en']);
  for (const [locale, text] of Object.entries(texts)) {
    const place = `${name}.${locale}`;
    if (canonicalLocale(locale) !== locale)
      report(`${place} must be named after a canonical language tag (BCP 47), such as pt-BR`);
    if (!isJsonObject(text)) {
      report(`${place} must be an object`);
      continue;
    }
    checkMessageText(place, form, text, report);
    const missing = form.parts.filter((part) => !(part in text));
    if (missing.length > 0) report(`${place} lacks ${missing.join(', ')}`);
  }
  return form;
};

/** The English text decides which placeholders a mail has and whether it has a link. */
const formOf = (english: Readonly<Record<string, unknown>>): MessageForm => {
  const { subject, paragraphs, link } = english;
  const text = [subject, ...(Array.isArray(paragraphs) ? (paragraphs as unknown[]) : [])]
    .filter((line) => typeof line === 'string')
    .join('\n');
  const found = new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name));
  const hasLink = link !== undefined || found.has('link');
  found.delete(LINK.slice(1, -1));
  found.delete(SERVICE);
  return { placeholders: [...found], hasLink, parts: ['subject', 'paragraphs', ...(hasLink ? ['link'] : [])] };
};

const messageOf = (
  forms: MessageForms,
  mail: string,
  { link, ...values }: Readonly<Record<string, string>>,
): ApplicationMessage => {
  const form = forms.get(mail);
  if (!form)
    throw new Error(`src/app/mails/mails.ts has no mail "${mail}". The mails are: ${[...forms.keys()].join(', ')}.`);
  const missing = form.placeholders.filter((name) => typeof values[name] !== 'string');
  if (missing.length > 0) throw new Error(`The mail "${mail}" lacks the values ${missing.join(', ')}.`);
  const unknown = Object.keys(values).filter((name) => !form.placeholders.includes(name));
  if (unknown.length > 0) throw new Error(`The mail "${mail}" has no placeholder ${unknown.join(', ')}.`);
  if (form.hasLink !== (link !== undefined))
    throw new Error(`The mail "${mail}" ${form.hasLink ? 'needs the value link' : 'has no link'}.`);
  if (link !== undefined && !isPath(link))
    throw new Error(`The link of the mail "${mail}" must be a path such as /projects/1, which is appended to APP_URL.`);
  return { template: 'application', mail, values, ...(link === undefined ? {} : { path: link }) };
};

/** Whether the text, appended to any URL, leads below it: never to another host, and never above it with `..`. */
const isPath = (text: string): boolean =>
  /^\/(?!\/)[\x21-\x7e]*$/.test(text) &&
  new URL(text, 'http://localhost').pathname === text.replace(/[?#].*$/, '') &&
  !text.includes('\\');
