/**
 * Checks prisma/schema/app.prisma for what only composing can reject: each problem is a sentence with its line. Everything else
 * is left to Prisma, which reports the same lines.
 */
import { readRelations } from './application-relations.mjs';
import { argumentsOf, fieldOf, listOf, readBlocks, textOf } from './prisma-schema.mjs';

export const APPLICATION_FILE = 'prisma/schema/app.prisma';

/** Columns of User that an application's client can read. The others are for our own statements. */
export const exposedColumns = [
  'id',
  'email',
  'emailVerifiedAt',
  'name',
  'locale',
  'disabledAt',
  'eraseAfter',
  'createdAt',
  'lastLoginAt',
];

/** A transaction has these members beside a member for each model. */
const takenModels = ['Enqueue', 'Mail'];

const scalars = ['String', 'Boolean', 'Int', 'BigInt', 'Float', 'Decimal', 'DateTime', 'Json', 'Bytes'];

/**
 * Reads the models of the application.
 *
 * @param {string} text app.prisma
 * @param {string} own gatehouse.prisma
 * @returns {{ problems: string[], extensions: import('./prisma-schema.mjs').Block[], added: { line: number, code: string }[] }}
 *   `added` are the lines that User gets
 */
export const readApplicationModels = (text, own) => {
  const found = [];
  const refuse = (line, sentence) => found.push({ line, sentence });
  const blocks = readBlocks(text);
  const ownBlocks = readBlocks(own);
  const extensions = blocks.filter(({ isExtension }) => isExtension);
  const models = blocks.filter(({ isExtension, kind }) => !isExtension && kind === 'model');
  const enums = blocks.filter(({ kind }) => kind === 'enum').map(({ name }) => name);

  for (const block of blocks) checkBlock(block, ownBlocks, refuse);
  const user = ownBlocks.find(({ kind, name }) => kind === 'model' && name === 'User');
  checkExtensions(extensions, user, enums, refuse);
  const backRelations = readRelations(models, refuse);
  return {
    problems: found
      .sort((one, other) => one.line - other.line)
      .map(({ line, sentence }) => `${APPLICATION_FILE}:${line}: ${sentence}`),
    extensions,
    added: [...extensions.flatMap(({ entries }) => entries), ...backRelations],
  };
};

const isOurs = (name) => /^auth(?![a-z])/i.test(name) || /^Auth[A-Z]/.test(name) || name.toLowerCase() === 'user';

const checkBlock = ({ isExtension, kind, name, line, entries }, ownBlocks, refuse) => {
  if (kind === 'datasource' || kind === 'generator')
    return refuse(line, `Remove the ${kind} ${name}, because gatehouse.prisma has the only one.`);
  if (isExtension) return undefined;
  if (isOurs(name) || ownBlocks.some((own) => own.name === name))
    refuse(
      line,
      `${name} is a name of Gatehouse: choose another, or write \`extend model User\` to add columns to User.`,
    );
  if (kind === 'model' && takenModels.includes(name))
    refuse(
      line,
      `A transaction has a member \`${name.toLowerCase()}\` of its own: give the model ${name} another name.`,
    );
  for (const entry of entries) {
    const table = textOf(argumentsOf(entry.code, '@@map') ?? '', 'name');
    if (table !== undefined && isOurs(table))
      refuse(entry.line, `The name "${table}" is one of Gatehouse's: choose another.`);
    const type = fieldOf(entry)?.type;
    if (type !== undefined && type !== 'User' && ownBlocks.some((own) => own.name === type))
      refuse(entry.line, `${type} belongs to Gatehouse, and an application can refer to User only.`);
  }
  return undefined;
};

const checkExtensions = (extensions, user, enums, refuse) => {
  const taken = ownNamesOf(user);
  const columns = new Map();
  for (const { kind, name, line, entries, isMalformed } of extensions) {
    if (kind !== 'model' || name !== 'User')
      refuse(line, `Only User can be extended: declare \`${kind} ${name}\` without \`extend\`.`);
    else if (isMalformed)
      refuse(line, 'Write each column of `extend model User`, and its last brace, on a line of its own.');
    else for (const entry of entries) checkColumn(entry, taken, columns, enums, refuse);
  }
  for (const entry of extensions.flatMap(({ entries }) => entries)) checkKey(entry, columns, refuse);
};

/** The names of our fields and columns of User. */
const ownNamesOf = ({ entries }) =>
  new Set(
    entries.flatMap((entry) => {
      const field = fieldOf(entry);
      return field ? [field.name, columnOf(field)] : [];
    }),
  );

const columnOf = ({ name, attributes }) => textOf(argumentsOf(attributes, '@map') ?? '', 'name') ?? name;

const checkColumn = (entry, taken, columns, enums, refuse) => {
  const field = fieldOf(entry);
  if (!field) return;
  const { line } = entry;
  const { name, type, isList, isOptional, attributes } = field;
  const column = columnOf(field);
  if (taken.has(name)) return refuse(line, `User has a field \`${name}\` already: choose another name.`);
  if (taken.has(column)) return refuse(line, `The table "user" has a column "${column}" already: choose another name.`);
  taken.add(name).add(column);
  columns.set(name, field);
  if (/^app_/.test(name))
    return refuse(line, `Rename \`${name}\`, because names that begin with app_ are those of relations.`);
  if (!scalars.includes(type) && !enums.includes(type) && type !== 'Unsupported')
    return refuse(
      line,
      `User.${name} has no scalar type: declare a relation between User and ${type} in the model ${type} only.`,
    );
  if (/@id(?![\w.])/.test(attributes))
    return refuse(line, `Remove @id from \`${name}\`, because User has an id already.`);
  if (!isOptional && !isList && !hasDatabaseDefault(attributes))
    return refuse(
      line,
      `User.${name} must be optional (\`${type}?\`) or have a default of the database, because Gatehouse creates users without it.`,
    );
};

/** Prisma makes the values of these functions itself, so that a user that Gatehouse creates would have none. */
const hasDatabaseDefault = (attributes) => {
  const value = argumentsOf(attributes, '@default');
  return (
    value !== undefined &&
    !/^\s*(?:(?:uuid|cuid|ulid|nanoid|auto)\s*\(|dbgenerated\(\s*(?:"(?:\s*|NULL)"\s*)?\))/i.test(value)
  );
};

const checkKey = ({ line, code }, columns, refuse) => {
  const field = fieldOf({ code });
  if (!field && !/^@@(?:index|unique)(?!\w)/.test(code))
    return refuse(line, 'Remove this line, because `extend model User` contains columns, @@index and @@unique only.');
  const index = argumentsOf(code, '@@index');
  if (index !== undefined) {
    const hidden = listOf(index).find((name) => !columns.has(name) && !exposedColumns.includes(name));
    if (hidden !== undefined) refuse(line, `User has no column \`${hidden}\` that an application can index.`);
  }
  const keys = field
    ? /@unique(?![\w.])/.test(field.attributes)
      ? [field.name]
      : []
    : listOf(argumentsOf(code, '@@unique') ?? '');
  if (keys.length > 0 && !isNeverViolatedByUs(keys, columns))
    refuse(
      line,
      'Make a unique key of User of optional columns of your own, without defaults, because Gatehouse must be able to create and change users.',
    );
};

/** Null is different from null: a key with null in it is never violated. */
const isNeverViolatedByUs = (keys, columns) =>
  keys.every((key) => columns.has(key)) &&
  keys.some((key) => {
    const { isOptional, attributes } = columns.get(key);
    return isOptional && argumentsOf(attributes, '@default') === undefined;
  });
