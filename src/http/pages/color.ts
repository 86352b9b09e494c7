/** A color as red, green and blue, each from 0 to 255. */
type Rgb = readonly [number, number, number];

const rgbOf = (hex: string): Rgb =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];

const hexOf = (rgb: Rgb): string =>
  `#${rgb.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

/** @see WCAG 2.2, relative luminance */
const luminanceOf = (hex: string): number => {
  const [red, green, blue] = rgbOf(hex).map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** Returns the contrast of two colors in the form `#rrggbb`, from 1 to 21. @see WCAG 2.2, contrast ratio */
export const contrastOf = (one: string, other: string): number => {
  const [darker, lighter] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
};

/**
 * Moves a color toward black or white, by as little as possible, until it has a contrast of 4.5 on every background. An
 * operator chooses the color for its hue, and must not be able to make a button or a link unreadable.
 */
export const readableColorOn = (
  color: string,
  backgrounds: readonly string[],
  toward: '#000000' | '#ffffff',
): string => {
  const [from, to] = [rgbOf(color), rgbOf(toward)];
  for (let share = 0; share < 1; share += 0.02) {
    const mixed = hexOf(from.map((channel, index) => channel + ((to[index] ?? 0) - channel) * share) as unknown as Rgb);
    if (backgrounds.every((background) => contrastOf(mixed, background) >= 4.5)) return mixed;
  }
  return toward;
};

/** Returns black or white, whichever is more readable on a color. One of them has a contrast of at least 4.5. */
export const textColorOn = (color: string): '#000000' | '#ffffff' =>
  contrastOf(color, '#ffffff') >= contrastOf(color, '#000000') ? '#ffffff' : '#000000';
