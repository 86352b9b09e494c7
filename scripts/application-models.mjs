/**
 * Checks prisma/schema/app.prisma for what only composing can reject: each problem is a sentence with its line. Everything else
 * is left to Prisma, which reports the same lines.
 */
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

/** A relation of the application to User, and the field of the other side that Prisma requires. */
const backRelationOf = (model, { name, attributes }, models) => {
  const relation = argumentsOf(attributes, '@relation') ?? '';
  const label = textOf(relation, 'name');
  const keys = listOf(relation, 'fields');
  const isUnique = models.some((block) => block === model && hasUniqueKey(block, keys));
  const type = `${model.name}${isUnique ? '?' : '[]'}`;
  return `  app_${model.name}_${name} ${type}${label === undefined ? '' : ` @relation("${label}")`}`;
};

/** Whether at most one row can have each value of the key. */
const hasUniqueKey = ({ entries }, keys) =>
  entries.some((entry) => {
    const field = fieldOf(entry);
    if (field) return keys.length === 1 && field.name === keys[0] && /@(?:id|unique)(?![\w.])/.test(field.attributes);
    const unique = argumentsOf(entry.code, '@@id') ?? argumentsOf(entry.code, '@@unique');
    if (unique === undefined) return false;
    const columns = listOf(unique);
    return columns.length === keys.length && columns.every((column) => keys.includes(column));
  });

/**
 * Reads the models of the application.
 *
 * @param {string} text app.prisma
 * @param {string} own gatehouse.prisma
 * @returns {{ problems: string[], extension: { text: string, line: number, endLine: number }[], entries: string[], backRelations: string[] }}
 */
export const readApplicationModels = (text, own) => {
  const problems = [];
  const refuse = (line, sentence) => problems.push(`${APPLICATION_FILE}:${line}: ${sentence}`);
  const blocks = readBlocks(text);
  const ownBlocks = readBlocks(own);
  const user = ownBlocks.find(({ name }) => name === 'User');
  const extensions = blocks.filter(({ isExtension }) => isExtension);
  const models = blocks.filter(({ isExtension, kind }) => !isExtension && kind === 'model');
  const enums = blocks.filter(({ kind }) => kind === 'enum').map(({ name }) => name);

  for (const block of blocks) checkBlock(block, ownBlocks, refuse);
  const taken = new Map(ownColumnsOf(user));
  for (const { kind, name, line, entries } of extensions) {
    if (kind !== 'model' || name !== 'User')
      refuse(line, `Only User can be extended. Declare \`${kind} ${name}\` without \`extend\`.`);
    else for (const entry of entries) checkExtension(entry, taken, enums, refuse);
  }
  const backRelations = models.flatMap((model) =>
    relationsToUser(model, refuse).map((field) => backRelationOf(model, field, models)),
  );
  return {
    problems,
    extensions: extensions.map(({ line, endLine }) => ({ line, endLine })),
    entries: extensions.flatMap(({ entries }) => entries.map((entry) => entry.text)),
    backRelations,
  };
};

const isOurs = (name) => /^auth(?![a-z])/i.test(name) || /^auth_/i.test(name) || name.toLowerCase() === 'user';

const checkBlock = ({ isExtension, kind, name, line, entries }, ownBlocks, refuse) => {
  if (kind === 'datasource' || kind === 'generator')
    return refuse(line, `Remove the ${kind}: ${'gatehouse.prisma'} has it.`);
  if (isExtension) return undefined;
  if (isOurs(name) || /^Auth[A-Z]/.test(name) || ownBlocks.some((own) => own.name === name))
    refuse(
      line,
      `${name} is a name of Gatehouse: choose another, or write \`extend model User\` to add columns to User.`,
    );
  if (kind === 'model' && takenModels.includes(name))
    refuse(
      line,
      `A transaction has a member \`${name.toLowerCase()}\` of its own. Give the model ${name} another name.`,
    );
  for (const entry of entries) {
    const table = textOf(argumentsOf(entry.code, '@@map') ?? '', 'name');
    if (table !== undefined && isOurs(table))
      refuse(entry.line, `The name "${table}" is one of Gatehouse's. Choose another one.`);
    const type = fieldOf(entry)?.type;
    if (type !== undefined && /^Auth[A-Z]/.test(type) && ownBlocks.some((own) => own.name === type))
      refuse(entry.line, `${type} is a model of Gatehouse. Refer to User instead.`);
  }
  return undefined;
};

/** The names of our fields and columns of User. */
const ownColumnsOf = ({ entries }) =>
  entries.flatMap((entry) => {
    const field = fieldOf(entry);
    if (!field) return [];
    const column = textOf(argumentsOf(field.attributes, '@map') ?? '', 'name') ?? field.name;
    return [
      [field.name, 'Gatehouse'],
      [column, 'Gatehouse'],
    ];
  });

const checkExtension = (entry, taken, enums, refuse) => {
  const { line, code } = entry;
  const field = fieldOf(entry);
  if (!field) {
    if (!/^@@(?:index|unique)\b/.test(code))
      refuse(line, 'An extension of User contains columns, @@index and @@unique only. Remove this line.');
    return;
  }
  const { name, type, isList, isOptional, attributes } = field;
  const column = textOf(argumentsOf(attributes, '@map') ?? '', 'name') ?? name;
  if (taken.has(name)) return refuse(line, `User has a field \`${name}\` already. Choose another name.`);
  if (taken.has(column)) return refuse(line, `The table "user" has a column "${column}" already. Choose another name.`);
  taken.set(name, APPLICATION_FILE).set(column, APPLICATION_FILE);
  if (/^app_/.test(name))
    return refuse(line, `\`${name}\`: names that begin with app_ are those of relations. Choose another name.`);
  if (!scalars.includes(type) && !enums.includes(type))
    return refuse(
      line,
      `Declare the relation between User and ${type} in the model ${type} only: a field of the type User with @relation.`,
    );
  if (/@id(?![\w.])/.test(attributes)) return refuse(line, `User has an id already. Remove @id from \`${name}\`.`);
  if (!isOptional && !isList && !hasDatabaseDefault(attributes))
    return refuse(
      line,
      `User.${name} must be optional (\`${type}?\`) or have a default of the database, because Gatehouse creates users without it.`,
    );
};

/** Prisma makes the values of these functions itself, so that a user that Gatehouse creates would have none. */
const hasDatabaseDefault = (attributes) => {
  const value = argumentsOf(attributes, '@default');
  return value !== undefined && !/^\s*(?:uuid|cuid|ulid|nanoid|auto)\s*\(/.test(value);
};

const relationsToUser = (model, refuse) => {
  const fields = model.entries.flatMap((entry) => {
    const field = fieldOf(entry);
    return field?.type === 'User' ? [{ ...field, line: entry.line }] : [];
  });
  const labels = fields.map(({ attributes }) => textOf(argumentsOf(attributes, '@relation') ?? '', 'name'));
  for (const [index, { name, isList, attributes, line }] of fields.entries()) {
    const place = `${model.name}.${name}`;
    const relation = argumentsOf(attributes, '@relation') ?? '';
    if (isList)
      refuse(line, `${place} is a list of users. Make a model of its own for it, with a field of the type User.`);
    else if (listOf(relation, 'fields').length === 0)
      refuse(line, `${place} needs \`@relation(fields: […], references: [id], onDelete: …)\`.`);
    else if (!/onDelete\s*:\s*(?:Cascade|SetNull|SetDefault)\b/.test(relation))
      refuse(
        line,
        `${place} needs \`onDelete: Cascade\` or \`onDelete: SetNull\`, because a user can be erased at any time.`,
      );
    else if (labels.indexOf(labels[index]) !== index)
      refuse(line, `${model.name} has several relations to User. Name each of them: \`@relation("${name}", …)\`.`);
  }
  return fields.filter(({ isList }) => !isList);
};
