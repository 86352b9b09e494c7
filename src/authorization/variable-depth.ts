/**
 * Tells whether lists and objects in a value from JSON are nested deeper than a number of levels. It has no recursion, so no
 * depth exhausts the stack, and its time is linear in the size of the value.
 */
export const isDeeperThan = (value: unknown, levels: number): boolean => {
  let level = containersIn([value]);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((container) => containersIn(Object.values(container)));
  }
  return false;
};

const containersIn = (values: readonly unknown[]): object[] =>
  values.filter((value) => typeof value === 'object' && value !== null);
