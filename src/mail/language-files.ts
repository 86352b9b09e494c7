import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PageTexts } from '../languages/language.js';
import { isJsonObject, parseJsonObject } from '../values/json-object.js';
import { canonicalLocale } from '../values/language-tag.js';
import type { PartialText } from './language-texts.js';
import {
  checkLine,
  checkMessageText,
  ownForms,
  UnusableTexts,
  type MessageForms,
  type Report,
} from './message-forms.js';
import { pageBlocks, pagePartsOf, pagePlaceholdersOf } from './page-parts.js';

/** One `<locale>.json` whose content was checked. */
export interface LanguageFile {
  readonly name: string;
  /** A canonical BCP 47 tag. */
  readonly locale: string;
  /** The texts of messages, by the name of the message. */
  readonly texts: Readonly<Record<string, PartialText>>;
  readonly pages: Readonly<Partial<Record<keyof PageTexts, PartialText>>>;
}

/** All problems of the files in MAIL_TEMPLATES_DIR, each with the file and the place in it. */
export class UnusableTemplates extends UnusableTexts {
  override readonly name = 'UnusableTemplates';

  constructor(problems: readonly string[]) {
    super('The files in MAIL_TEMPLATES_DIR contain errors. Correct them and start again.', problems);
  }
}

/**
 * Reads every `<locale>.json` in a folder. An error in a text would otherwise be found by the recipient of an email, in a
 * language that the operator may not read, so everything that can be checked is checked before the server starts.
 *
 * @param forms of all messages whose texts a file may contain
 * @throws UnusableTemplates
 */
export const readLanguageFiles = (folder: string, forms: MessageForms = ownForms): LanguageFile[] => {
  const names = namesIn(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const problems: string[] = [];
  const files = names.sort().map((name) => {
    const report = (text: string) => problems.push(`${name}: ${text}`);
    const { [PAGES]: pages = {}, ...texts } = read(join(folder, name), report);
    return {
      name,
      locale: localeOf(name, report),
      texts: textsOf(texts, forms, report),
      pages: isJsonObject(pages) ? pagesOf(pages, report) : (report(`${PAGES} must be an object`), {}),
    };
  });
  if (problems.length > 0) throw new UnusableTemplates(problems);
  return files;
};

/** The name of the texts of pages in a language file, next to the names of messages. */
const PAGES = 'pages';

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

const textsOf = (
  object: Readonly<Record<string, unknown>>,
  forms: MessageForms,
  report: Report,
): LanguageFile['texts'] => {
  const texts: Record<string, PartialText> = {};
  for (const [name, text] of Object.entries(object)) {
    const form = forms.get(name);
    if (!form) report(`${name} is not a message; the messages are: ${[...forms.keys()].join(', ')}`);
    else if (isJsonObject(text)) texts[name] = checkMessageText(name, form, text, report);
    else report(`${name} must be an object`);
  }
  return texts;
};

const pagesOf = (object: Readonly<Record<string, unknown>>, report: Report): LanguageFile['pages'] => {
  const pages: Partial<Record<keyof PageTexts, PartialText>> = {};
  for (const [name, texts] of Object.entries(object)) {
    const block = pageBlocks.find((known) => known === name);
    const place = `${PAGES}.${name}`;
    if (block === undefined) report(`${place} is unknown; the texts of pages are: ${pageBlocks.join(', ')}`);
    else if (isJsonObject(texts)) pages[block] = pageTextOf(block, texts, place, report);
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
    const line = checkLine(value, `${place}.${part}`, placeholders, report);
    for (const name of placeholders)
      if (line !== '' && !line.includes(`{${name}}`)) report(`${place}.${part} must contain {${name}}`);
    checked[part] = line;
  }
  return checked;
};
