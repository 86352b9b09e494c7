import { NAME_MAX_LENGTH } from './policy.js';

// A Braille pattern without dots is a character that looks like a space.
const blank = /^[\s\u2800\p{Default_Ignorable_Code_Point}]*$/u;
// The last three annotate text and are displayed in different ways, or not at all.
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufff9-\ufffb]/u;

/**
 * Whether a text can be displayed as the name of a user: it has at most 200 code points, at least one of them visible, and is
 * one line of text.
 *
 * A name appears in emails and next to other text. A line break could add a line that seems to come from us, a bidirectional
 * control could change the order of the text around the name, and a lone surrogate has no UTF-8 form.
 *
 * @see Unicode Technical Report 36 section 2.5
 */
export const isDisplayName = (text: string): boolean =>
  text.length <= 2 * NAME_MAX_LENGTH &&
  Array.from(text).length <= NAME_MAX_LENGTH &&
  !blank.test(text) &&
  !unsafe.test(text);
