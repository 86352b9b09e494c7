/**
 * Computes how well an attacker can distinguish two kinds of responses by their times.
 *
 * The area under the ROC curve is the probability that a sample of the first kind took longer than a sample of the second.
 * For indistinguishable responses it is near 0.5, with the standard deviation of the Mann-Whitney U. `aucTolerance` is a
 * multiple of this deviation with a Bonferroni correction for the number of comparisons, so that a whole run has a false
 * positive rate of 1 %.
 *
 * @see H. B. Mann and D. R. Whitney, 1947
 */
export const areaUnderCurve = (ones: readonly number[], others: readonly number[]): number => {
  const all = [
    ...ones.map((value) => ({ value, isOne: true })),
    ...others.map((value) => ({ value, isOne: false })),
  ].sort((a, b) => a.value - b.value);
  let rankSum = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1;
    // Equal values have the mean of their ranks.
    const rank = (start + 1 + end) / 2;
    rankSum += rank * all.slice(start, end).filter(({ isOne }) => isOne).length;
    start = end;
  }
  return (rankSum - (ones.length * (ones.length + 1)) / 2) / (ones.length * others.length);
};

/** Returns the items in random order, so that no kind of sample always follows the same other kind. */
export const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

const FALSE_POSITIVE_RATE = 0.01;

/** Returns how far from 0.5 the area may be for samples of these sizes and this number of comparisons. */
export const aucTolerance = (ones: number, others: number, comparisons: number): number =>
  normalQuantile(1 - FALSE_POSITIVE_RATE / (2 * comparisons)) * Math.sqrt((ones + others + 1) / (12 * ones * others));

const normalQuantile = (probability: number): number => {
  let [low, high] = [0, 10];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < probability) low = middle;
    else high = middle;
  }
  return low;
};

/** For x >= 0, by the continued fraction of the tail. @see Abramowitz and Stegun, 26.2.14 */
const normalDistribution = (x: number): number => {
  let fraction = x;
  for (let term = 200; term >= 1; term -= 1) fraction = x + term / (fraction || Number.EPSILON);
  return 1 - Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / (fraction || Number.EPSILON);
};
