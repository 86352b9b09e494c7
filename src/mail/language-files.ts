import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { OperatorError } from '../errors.js';
import type { PageTexts } from '../languages/language.js';
import { parseJsonObject } from '../values/json-object.js';
import { canonicalLocale } from '../values/language-tag.js';
import type { PartialText } from './language-texts.js';
import { pageBlocks, pagePartsOf, pagePlaceholdersOf } from './page-parts.js';
import { LINK, SERVICE, templates, textPartsOf, type TemplateName } from './templates.js';

/** One `<locale>.json` whose content was checked. */
export interface LanguageFile {
  readonly name: string;
  /** A canonical BCP 47 tag. */
  readonly locale: string;
  readonly texts: Readonly<Partial<Record<TemplateName, PartialText>>>;
  readonly pages: Readonly<Partial<Record<keyof PageTexts, PartialText>>>;
}

/** All problems of the files in MAIL_TEMPLATES_DIR, each with the file and the place in it. */
export class UnusableTemplates extends OperatorError {
  override readonly name = 'UnusableTemplates';

  constructor(readonly problems: readonly string[]) {
    super(['The files in MAIL_TEMPLATES_DIR contain errors. Correct them and start again.', ...problems].join('\n'));
  }
}

/**
 * Reads every `<locale>.json` in a folder. An error in a text would otherwise be found by the recipient of an email, in a
 * language that the operator may not read, so everything that can be checked is checked before the server starts.
 *
 * @throws UnusableTemplates
 */
export const readLanguageFiles = (folder: string): LanguageFile[] => {
  const names = namesIn(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const problems: string[] = [];
  const files = names.sort().map((name) => {
    const report = (text: string) => problems.push(`${name}: ${text}`);
    const { [PAGES]: pages = {}, ...texts } = read(join(folder, name), report);
    return {
      name,
      locale: localeOf(name, report),
      texts: textsOf(texts, report),
      pages: isObject(pages) ? pagesOf(pages, report) : (report(`${PAGES} must be an object`), {}),
    };
  });
  if (problems.length > 0) throw new UnusableTemplates(problems);
  return files;
};

type Report = (problem: string) => void;

/** The name of the texts of pages in a language file, next to the names of messages. */
const PAGES = 'pages';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    throw new UnusableTemplates(['The folder cannot be read.']);
  }
};

const localeOf = (name: string, report: Report): string => {
  const locale = name.slice(0, -'.json'.length);
  const canonical = canonicalLocale(locale);
  if (canonical === undefined) report('must be named after a language tag (BCP 47), such as pt-BR.json');
  else if (canonical !== locale) report(`must be named ${canonical}.json`);
  return locale;
};

const read = (path: string, report: Report): Readonly<Record<string, unknown>> => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    report('cannot be read');
    return {};
  }
  const object = parseJsonObject(bytes);
  if (!object) report('must be one JSON object in UTF-8, without a byte order mark or duplicate names');
  return object ?? {};
};

const textsOf = (object: Readonly<Record<string, unknown>>, report: Report): LanguageFile['texts'] => {
  const texts: Partial<Record<TemplateName, PartialText>> = {};
  for (const [name, text] of Object.entries(object)) {
    if (!isTemplate(name)) report(`${name} is not a message; the messages are: ${Object.keys(templates).join(', ')}`);
    else if (isObject(text)) texts[name] = textOf(name, text, report);
    else report(`${name} must be an object`);
  }
  return texts;
};

const isTemplate = (name: string): name is TemplateName => Object.hasOwn(templates, name);

const textOf = (template: TemplateName, text: Readonly<Record<string, unknown>>, report: Report): PartialText => {
  const checked: Record<string, string | readonly string[]> = {};
  for (const [part, value] of Object.entries(text)) {
    const place = `${template}.${part}`;
    if (!textPartsOf(template).includes(part))
      report(`${place} is unknown; the parts of this message are: ${textPartsOf(template).join(', ')}`);
    else if (part === 'paragraphs') checked[part] = paragraphsOf(template, value, place, report);
    else checked[part] = lineOf(value, place, part === 'subject' ? templates[template].placeholders : [], report);
  }
  return checked;
};

const pagesOf = (object: Readonly<Record<string, unknown>>, report: Report): LanguageFile['pages'] => {
  const pages: Partial<Record<keyof PageTexts, PartialText>> = {};
  for (const [name, texts] of Object.entries(object)) {
    const block = pageBlocks.find((known) => known === name);
    const place = `${PAGES}.${name}`;
    if (block === undefined) report(`${place} is unknown; the texts of pages are: ${pageBlocks.join(', ')}`);
    else if (isObject(texts)) pages[block] = pageTextOf(block, texts, place, report);
    else report(`${place} must be an object`);
  }
  return pages;
};

const pageTextOf = (
  block: keyof PageTexts,
  texts: Readonly<Record<string, unknown>>,
  place: string,
  report: Report,
): PartialText => {
  const checked: Record<string, string> = {};
  for (const [part, value] of Object.entries(texts)) {
    if (!pagePartsOf(block).includes(part)) {
      report(`${place}.${part} is unknown; the parts of this text are: ${pagePartsOf(block).join(', ')}`);
      continue;
    }
    const placeholders = pagePlaceholdersOf(block, part);
    const line = lineOf(value, `${place}.${part}`, placeholders, report);
    for (const name of placeholders)
      if (line !== '' && !line.includes(`{${name}}`)) report(`${place}.${part} must contain {${name}}`);
    checked[part] = line;
  }
  return checked;
};

const paragraphsOf = (template: TemplateName, value: unknown, place: string, report: Report): readonly string[] => {
  if (!Array.isArray(value) || value.length === 0) {
    report(`${place} must be a non-empty list of strings`);
    return [];
  }
  const { placeholders, ...rest } = templates[template];
  const hasLink = 'path' in rest;
  const isLink = (paragraph: unknown) => hasLink && paragraph === LINK;
  const lines = value.map((paragraph: unknown, index) =>
    isLink(paragraph) ? LINK : lineOf(paragraph, `${place}[${index}]`, placeholders, report),
  );
  if (hasLink && lines.filter(isLink).length !== 1)
    report(`${place} must contain ${LINK} once, as a paragraph of its own`);
  const text = lines.join('\n');
  for (const name of placeholders) if (!text.includes(`{${name}}`)) report(`${place} must contain {${name}}`);
  return lines;
};

/** Checks one line of plain text. A line break in a subject would start another header. */
const lineOf = (value: unknown, place: string, placeholders: readonly string[], report: Report): string => {
  if (typeof value !== 'string' || value.trim() === '' || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) {
    report(`${place} must be a non-empty string without line breaks or control characters`);
    return '';
  }
  const known = [...placeholders, SERVICE].map((name) => `{${name}}`);
  for (const [found] of value.matchAll(/\{[^{}]*\}?|\}/g)) {
    if (!known.includes(found))
      report(`${place}: ${found} is not a placeholder of this text; the placeholders are: ${known.join(', ')}`);
  }
  return value;
};
