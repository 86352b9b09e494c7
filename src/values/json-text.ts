import { isWellFormed } from './password-form.js';

/** How large a value may be. Bytes are those of its JSON text in UTF-8; a list or an object is one level deeper than what contains it. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/**
 * Returns the JSON text of a value that comes from code of the application. Each property is read once, so that the text is that of
 * the value that was checked, even if a getter or a proxy returns something else the next time.
 *
 * @throws TypeError when JSON would drop or change a part of the value (undefined, a function, a date, NaN, half of a surrogate
 *   pair), when the value contains itself, is too deep or too long, or has a member `__proto__`, which would change the prototype of
 *   objects in services that merge it. The message names the part and repeats no value.
 */
export const jsonTextOf = (value: unknown, { maxBytes, maxDepth }: JsonLimits): string => {
  let parts = 0;

  const copy = (part: unknown, path: string, depth: number): unknown => {
    parts += 1;
    // Each part is at least one byte of the text.
    if (parts > maxBytes) throw tooLong(maxBytes);
    if (part === null || typeof part === 'boolean' || (typeof part === 'number' && Number.isFinite(part))) return part;
    if (typeof part === 'string' && isWellFormed(part)) return part;
    if (typeof part !== 'object' || !(Array.isArray(part) || isPlainObject(part)))
      throw new TypeError(`${path} is not JSON.`);
    if (depth === maxDepth) throw new TypeError(`${path} is nested more than ${maxDepth} levels deep.`);
    if (Array.isArray(part)) return copyList(part, path, depth + 1);
    return Object.fromEntries(Object.keys(part).map((name) => [name, copyMember(part, name, path, depth + 1)]));
  };

  const copyList = (list: readonly unknown[], path: string, depth: number): unknown[] => {
    const copied: unknown[] = [];
    const { length } = list;
    for (let index = 0; index < length; index += 1) copied.push(copy(list[index], `${path}[${index}]`, depth));
    return copied;
  };

  const copyMember = (object: object, name: string, path: string, depth: number): unknown => {
    if (name === '__proto__') throw new TypeError(`${path} has a member __proto__.`);
    return copy(Reflect.get(object, name), `${path}.${name}`, depth);
  };

  const text = JSON.stringify(copy(value, '$', 0));
  if (Buffer.byteLength(text) > maxBytes) throw tooLong(maxBytes);
  return text;
};

/** Whether a value is an object without a class. */
const isPlainObject = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
};

const tooLong = (maxBytes: number): TypeError => new TypeError(`It is longer than ${maxBytes} bytes as JSON.`);
