import { contrastOf } from '../../../src/http/pages/color.js';
import { createStyle, darkColors, DEFAULT_COLOR, lightColors } from '../../../src/http/pages/style.js';

const schemes = [
  ['light', lightColors],
  ['dark', darkColors],
] as const;

describe.each(schemes)('the %s color scheme', (_name, { paper, sheet, well, ill, ink, quiet, line, good, wrong }) => {
  it('has text with a contrast of at least 7 to 1 on every background, as level AAA requires', () => {
    for (const background of [paper, sheet, well, ill]) expect(contrastOf(ink, background)).toBeGreaterThanOrEqual(7);
    expect(contrastOf(good, well)).toBeGreaterThanOrEqual(7);
    expect(contrastOf(wrong, ill)).toBeGreaterThanOrEqual(7);
  });

  it('has hints with a contrast of at least 7 to 1', () => {
    expect(contrastOf(quiet, sheet)).toBeGreaterThanOrEqual(7);
  });

  it('has the borders of fields and of results with a contrast of at least 3 to 1', () => {
    for (const border of [line, wrong, good]) expect(contrastOf(border, sheet)).toBeGreaterThanOrEqual(3);
  });
});

describe('the color of buttons and links', () => {
  const actsOf = (style: string) =>
    [...style.matchAll(/--act: (#\w{6}); --on-act: (#\w{6});/g)].map(([, ...pair]) => pair);

  it.each([DEFAULT_COLOR, '#ffff00', '#000000', '#ffffff', '#ff0000', '#00ff00', '#777777', '#7a1fa2'])(
    'is readable in both schemes when APP_COLOR is %s',
    (color) => {
      const acts = actsOf(createStyle(color));
      expect(acts).toHaveLength(2);
      for (const [index, [act = '', onAct = '']] of acts.entries()) {
        const { paper, sheet } = index === 0 ? lightColors : darkColors;
        for (const other of [paper, sheet, onAct]) expect(contrastOf(act, other)).toBeGreaterThanOrEqual(4.5);
      }
    },
  );
});
