/** Returns the median, which is the greater of two middle values; NaN without values. */
export const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;

/** Returns the value that a share of all values, from 0 to 1, does not exceed; NaN without values. */
export const percentile = (figures: readonly number[], share: number): number =>
  [...figures].sort((a, b) => a - b)[Math.max(0, Math.ceil(figures.length * share) - 1)] ?? NaN;

export const maximum = (figures: readonly number[]): number => Math.max(...figures);

export const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);

/** Prints a row of a table: the name of a measurement and its values. */
export const printRow = (name: string, ...figures: readonly string[]): void => {
  console.log(`  ${name.padEnd(34)} ${figures.join('   ')}`);
};

export const formatMs = (figure: number): string =>
  `${figure < 10 ? figure.toFixed(2) : figure.toFixed(0)} ms`.padStart(8);
