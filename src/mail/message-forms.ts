import { OperatorError } from '../errors.js';
import { LINK, SERVICE, templates, textPartsOf, type TemplateName } from './templates.js';
import type { PartialText } from './language-texts.js';

/** What the texts of one message must contain in every language. */
export interface MessageForm {
  readonly placeholders: readonly string[];
  readonly hasLink: boolean;
  /** The names of its texts. */
  readonly parts: readonly string[];
}

/** The forms of messages, by their names. */
export type MessageForms = ReadonlyMap<string, MessageForm>;

/** Receives a problem, which begins with the place in the file. */
export type Report = (problem: string) => void;

/** The forms of the messages of Gatehouse. */
export const ownForms: MessageForms = new Map(
  (Object.keys(templates) as TemplateName[]).map((name) => {
    const { placeholders, ...rest } = templates[name];
    return [name, { placeholders, hasLink: 'path' in rest, parts: textPartsOf(name) }];
  }),
);

/** All problems of a set of texts, each with the place. */
export class UnusableTexts extends OperatorError {
  override readonly name: string = 'UnusableTexts';

  constructor(
    heading: string,
    readonly problems: readonly string[],
  ) {
    super([heading, ...problems].join('\n'));
  }
}

/** Checks the texts of one message in one language, of which some may be missing, and returns the known ones. */
export const checkMessageText = (
  name: string,
  form: MessageForm,
  text: Readonly<Record<string, unknown>>,
  report: Report,
): PartialText => {
  const checked: Record<string, string | readonly string[]> = {};
  for (const [part, value] of Object.entries(text)) {
    const place = `${name}.${part}`;
    if (!form.parts.includes(part))
      report(`${place} is unknown; the parts of this message are: ${form.parts.join(', ')}`);
    else if (part === 'paragraphs') checked[part] = checkParagraphs(form, value, place, report);
    else checked[part] = checkLine(value, place, part === 'subject' ? form.placeholders : [], report);
  }
  return checked;
};

const checkParagraphs = (
  { placeholders, hasLink }: MessageForm,
  value: unknown,
  place: string,
  report: Report,
): readonly string[] => {
  if (!Array.isArray(value) || value.length === 0) {
    report(`${place} must be a non-empty list of strings`);
    return [];
  }
  const isLink = (paragraph: unknown) => hasLink && paragraph === LINK;
  const lines = value.map((paragraph: unknown, index) =>
    isLink(paragraph) ? LINK : checkLine(paragraph, `${place}[${index}]`, placeholders, report),
  );
  if (hasLink && lines.filter(isLink).length !== 1)
    report(`${place} must contain ${LINK} once, as a paragraph of its own`);
  const text = lines.join('\n');
  for (const name of placeholders) if (!text.includes(`{${name}}`)) report(`${place} must contain {${name}}`);
  return lines;
};

/** Checks one line of plain text. A line break in a subject would start another header. */
export const checkLine = (value: unknown, place: string, placeholders: readonly string[], report: Report): string => {
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
