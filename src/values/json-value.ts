/**
 * Returns the path of the first part of a value that JSON would drop or change, such as `$.items[2].at` of a Date, or undefined if
 * the value reads back from JSON as it is. `$` is the value itself.
 */
export const findNonJson = (value: unknown, path = '$'): string | undefined => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path;
  if (Array.isArray(value)) return firstOf(value, (item, index) => findNonJson(item, `${path}[${index}]`));
  if (!isPlainObject(value)) return path;
  return firstOf(Object.entries(value), ([name, member]) => findNonJson(member, `${path}.${name}`));
};

const isPlainObject = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const firstOf = <T>(items: readonly T[], find: (item: T, index: number) => string | undefined): string | undefined => {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
};
