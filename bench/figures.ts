/** The middle one of some figures, of two middle ones the greater; NaN of none. */
export const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;

/** The figure that so great a share of all is not above; NaN of none. */
export const percentile = (figures: readonly number[], share: number): number =>
  [...figures].sort((a, b) => a - b)[Math.max(0, Math.ceil(figures.length * share) - 1)] ?? NaN;

export const most = (figures: readonly number[]): number => Math.max(...figures);

export const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);

/** A line of a table: what is measured, and its figures. */
export const line = (name: string, ...figures: readonly string[]): void => {
  console.log(`  ${name.padEnd(34)} ${figures.join('   ')}`);
};

/** Milliseconds, as they are read. */
export const ms = (figure: number): string => `${figure < 10 ? figure.toFixed(2) : figure.toFixed(0)} ms`.padStart(8);
