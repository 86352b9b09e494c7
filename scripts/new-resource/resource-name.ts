import { OperatorError } from '../../src/errors.js';

/** The spellings of the name of a resource, by the placeholder that each has in the templates. */
export interface ResourceName {
  /** The model, the object type and the beginning of other types: `LineItem`. */
  readonly Type: string;
  /** The property of the database's client, and the root field of one: `lineItem`. */
  readonly field: string;
  /** The root field of the list: `lineItems`. */
  readonly fields: string;
  /** The files: `line-item`. */
  readonly file: string;
  /** The folder of the files: `line-items`. */
  readonly folder: string;
  /** The table: `line_item`. */
  readonly table: string;
  /** The migration: `add_line_items`. */
  readonly migration: string;
  /** The beginning of error codes: `LINE_ITEM`. */
  readonly CODE: string;
  readonly noun: string;
  readonly nouns: string;
  readonly 'a noun': string;
  readonly 'A noun': string;
}

const MAX_LENGTH = 40;

/** Splits a list of names that are separated by commas. */
const namesIn = (list: string): string[] => list.trim().split(/,\s+/);

/** Names that the generated code declares or imports beside the resource, members of a transaction, and names of Prisma. */
const usedNames = namesIn(`
  arg, args, authorized, connection, context, ctx, date time, error result, field, field resolver, id, input, int,
  mutation, object type, page, page arguments, page info, query, resolver, root, subscription, title, owner,
  owner id, created, updated, user, user profile, user connection, enqueue, mail, prisma, prisma client, kit,
  kit user, other, client, result, count, error
`);

/** Names of JavaScript: of its syntax, and of global objects that the generated code or its tools use. */
const languageNames = namesIn(`
  abstract, any, arguments, as, async, await, boolean, break, case, catch, class, const, constructor, continue,
  debugger, declare, default, delete, do, else, enum, eval, export, extends, false, finally, for, function, if,
  implements, import, in, instanceof, interface, let, module, namespace, never, new, null, number, object, of,
  package, private, protected, prototype, public, record, return, static, string, super, switch, symbol, this,
  throw, true, try, type, typeof, undefined, unknown, var, void, while, with, yield, array, date, float, json, map,
  promise, set, buffer, bytes, decimal, bigint, big int
`);

/**
 * Reads a name in any spelling: `project`, `LineItem`, `line-item`, `line_item`.
 *
 * @throws OperatorError when it is no name in the singular, or a name that the generated code uses otherwise
 */
export const readResourceName = (text: string): ResourceName => {
  const words = text
    .trim()
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .map((word) => word.toLowerCase());
  if (!words.every((word) => /^[a-z][a-z\d]*$/.test(word)) || text.length > MAX_LENGTH)
    throw new OperatorError(
      `"${text}" is not the name of a resource: use at most ${MAX_LENGTH} letters and digits, such as project or LineItem.`,
    );
  const noun = words.join(' ');
  const last = words.at(-1) ?? '';
  if (/[^su]s$/.test(last))
    throw new OperatorError(`"${text}" looks like a plural: name the resource in the singular, such as project.`);
  if (words[0] === 'auth')
    throw new OperatorError(`"${text}" begins with auth, as the names of Gatehouse do: choose a name without it.`);
  if ([...usedNames, ...languageNames].includes(noun))
    throw new OperatorError(
      `"${text}" is a name of Gatehouse or of a language: choose a more specific one, such as ${words.join('-')}-record.`,
    );
  const plural = [...words.slice(0, -1), pluralOf(last)];
  const article = /^[aeiou]/.test(noun) ? 'an' : 'a';
  return {
    Type: words.map(capitalized).join(''),
    field: camelCase(words),
    fields: camelCase(plural),
    file: words.join('-'),
    folder: plural.join('-'),
    table: words.join('_'),
    migration: `add_${plural.join('_')}`,
    CODE: words.join('_').toUpperCase(),
    noun,
    nouns: plural.join(' '),
    'a noun': `${article} ${noun}`,
    'A noun': `${capitalized(article)} ${noun}`,
  };
};

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const camelCase = ([first = '', ...rest]: readonly string[]): string => first + rest.map(capitalized).join('');

const pluralOf = (word: string): string => {
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
};
