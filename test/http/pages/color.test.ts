import fc from 'fast-check';

import { contrastOf, readableColorOn, textColorOn } from '../../../src/http/pages/color.js';

const colors = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

describe('the contrast of two colors', () => {
  it('is that of WCAG', () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(contrastOf('#ffffff', '#ffffff')).toBe(1);
  });
});

describe('a color that an operator chose', () => {
  it('stays as it is where it is readable', () => {
    expect(readableColorOn('#1d4fc4', ['#ffffff', '#f4f5f7'], '#000000')).toBe('#1d4fc4');
  });

  it('is darkened on a light background and lightened on a dark one, until it is readable', () => {
    fc.assert(
      fc.property(colors, (color) => {
        const onLight = readableColorOn(color, ['#ffffff', '#f4f5f7'], '#000000');
        const onDark = readableColorOn(color, ['#121418', '#1c1f25'], '#ffffff');
        expect(contrastOf(onLight, '#f4f5f7')).toBeGreaterThanOrEqual(4.5);
        expect(contrastOf(onDark, '#1c1f25')).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  it('carries black or white text that is readable', () => {
    fc.assert(fc.property(colors, (color) => contrastOf(color, textColorOn(color)) >= 4.5));
  });
});
