/** Characters that act on a terminal or a viewer instead of being shown: controls, format characters and line separators. */
const actingCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const actingCharactersInLine = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const plainText = /^[\n\x20-\x7e]*$/;

/**
 * Escapes control characters, bidirectional controls and line separators as JSON does (`\u001b`). A text that others chose can
 * then neither move the cursor, nor reverse a line, nor begin one that looks like ours.
 */
export const escapeControls = (text: string): string => text.replace(actingCharacters, escapeCharacter);

/** As `escapeControls`, but keeps line feeds. JSON stays JSON with the same values. */
export const escapeControlsInLines = (text: string): string =>
  plainText.test(text) ? text : text.replace(actingCharactersInLine, escapeCharacter);

const escapeCharacter = (character: string): string => character.split('').map(escapeCodeUnit).join('');

const escapeCodeUnit = (unit: string): string => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0');
