import { contrastOf } from '../../../src/http/pages/color.js';
import { createStyle, darkColors, DEFAULT_COLOR, lightColors } from '../../../src/http/pages/style.js';

const schemes = [
  ['light', lightColors],
  ['dark', darkColors],
] as const;

describe.each(schemes)('the %s color scheme', (_name, colors) => {
  it('has text with a contrast of at least 7 to 1 on every background, as level AAA requires', () => {
    const { background, surface, successBackground, errorBackground, text, success, error } = colors;
    for (const behind of [background, surface, successBackground, errorBackground])
      expect(contrastOf(text, behind)).toBeGreaterThanOrEqual(7);
    expect(contrastOf(success, successBackground)).toBeGreaterThanOrEqual(7);
    expect(contrastOf(error, errorBackground)).toBeGreaterThanOrEqual(7);
  });

  it('has hints with a contrast of at least 7 to 1', () => {
    expect(contrastOf(colors.mutedText, colors.surface)).toBeGreaterThanOrEqual(7);
  });

  it('has the borders of fields and of results with a contrast of at least 3 to 1', () => {
    for (const border of [colors.border, colors.error, colors.success])
      expect(contrastOf(border, colors.surface)).toBeGreaterThanOrEqual(3);
  });
});

describe('the color of buttons and links', () => {
  const accentsOf = (style: string) =>
    [...style.matchAll(/--accent: (#\w{6}); --onAccent: (#\w{6});/g)].map(([, ...pair]) => pair);

  it.each([DEFAULT_COLOR, '#ffff00', '#000000', '#ffffff', '#ff0000', '#00ff00', '#777777', '#7a1fa2'])(
    'is readable in both schemes when APP_COLOR is %s',
    (color) => {
      const accents = accentsOf(createStyle(color));
      expect(accents).toHaveLength(2);
      for (const [index, [accent = '', onAccent = '']] of accents.entries()) {
        const { background, surface } = index === 0 ? lightColors : darkColors;
        for (const other of [background, surface, onAccent])
          expect(contrastOf(accent, other)).toBeGreaterThanOrEqual(4.5);
      }
    },
  );
});
