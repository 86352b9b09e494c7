import type { PageTexts } from '../languages/language.js';
import { en } from '../languages/en.js';

/** The blocks of texts under `pages` in a language file. */
export const pageBlocks = Object.keys(en.pages) as readonly (keyof PageTexts)[];

/** The names of the texts of a block, as they appear in a language file. */
export const pagePartsOf = (block: keyof PageTexts): readonly string[] => Object.keys(en.pages[block]);

/** The placeholders that a text must contain: those of the English text, except `{service}`, which is allowed everywhere. */
export const pagePlaceholdersOf = (block: keyof PageTexts, part: string): readonly string[] => {
  const text = (en.pages[block] as unknown as Readonly<Record<string, string>>)[part] ?? '';
  return [...text.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) => (name === 'service' ? [] : [name]));
};
