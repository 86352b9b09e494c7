import { de } from './de.js';
import { en } from './en.js';
import type { Language } from './language.js';

/** The built-in languages, by BCP 47 tag. A new language is a file in this folder and an entry here. */
export const languages = { en, de } as const satisfies Readonly<Record<string, Language>>;
