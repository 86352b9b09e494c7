import { escapeControls, escapeControlsInLines } from '../../src/values/escape-controls.js';

describe('escapeControls', () => {
  it.each([
    ['NUL', 'a\0b', 'a\\u0000b'],
    ['an escape sequence', '\u001b[2Ja', '\\u001b[2Ja'],
    ['CR LF', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['an 8-bit control', 'a\u009b2Jb', 'a\\u009b2Jb'],
    ['the line separator', 'a\u2028b', 'a\\u2028b'],
    ['a bidirectional control', 'a\u202eb', 'a\\u202eb'],
    ['a character of two code units', 'a\u{e0041}b', 'a\\udb40\\udc41b'],
  ])('escapes %s', (_kind, text, escaped) => {
    expect(escapeControls(text)).toBe(escaped);
  });

  it('leaves every other text as it is', () => {
    const text = 'Zoë, 張偉, é and 👋: C:\\bin\\u001b';
    expect(escapeControls(text)).toBe(text);
  });
});

describe('escapeControlsInLines', () => {
  it('keeps line feeds', () => {
    expect(escapeControlsInLines('a\n\u001bb\n')).toBe('a\n\\u001bb\n');
  });

  it('keeps the values of JSON', () => {
    const value = { name: 'a\u202e\u009b\u{e0041}\u0000\nb' };
    const escaped = escapeControlsInLines(JSON.stringify(value));
    expect(escaped).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(escaped)).toEqual(value);
  });
});
