/**
 * The relations in prisma/schema/app.prisma to User, and to models whose rows are deleted with a user. A user can be erased at any
 * time, so no row of the application may prevent it.
 */
import { argumentsOf, fieldOf, listOf, textOf } from './prisma-schema.mjs';

/**
 * Checks the relations of the application.
 *
 * @param {import('./prisma-schema.mjs').Block[]} models
 * @param {(line: number, sentence: string) => void} refuse
 * @returns {string[]} the field of User for the other side of each relation to it, which Prisma requires
 */
export const readRelations = (models, refuse) => {
  const fields = models.flatMap((model) => relationFieldsOf(model));
  for (const model of models) checkRelationsToUser(model, refuse);
  checkDeletion(fields, refuse);
  return fields.filter(({ type, isList }) => type === 'User' && !isList).map((field) => backRelationOf(field));
};

const relationFieldsOf = (model) => {
  const fields = model.entries.flatMap((entry) => fieldOf(entry) ?? []);
  const scalars = new Map(fields.map((field) => [field.name, field]));
  return model.entries.flatMap((entry) => {
    const field = fieldOf(entry);
    if (!field) return [];
    const relation = argumentsOf(field.attributes, '@relation') ?? '';
    const [, onDelete] = /onDelete\s*:\s*(\w+)/.exec(relation) ?? [];
    const label = textOf(relation, 'name');
    const keys = listOf(relation, 'fields');
    const isNullable = keys.every((key) => scalars.get(key)?.isOptional ?? true);
    return [{ ...field, model, line: entry.line, relation, keys, isNullable, onDelete, label }];
  });
};

const checkRelationsToUser = (model, refuse) => {
  const fields = relationFieldsOf(model).filter(({ type }) => type === 'User');
  const labels = fields.map(({ label }) => label);
  for (const [index, { name, isList, relation, keys, isNullable, onDelete, line }] of fields.entries()) {
    const place = `${model.name}.${name}`;
    if (isList)
      refuse(line, `${place} is a list of users: declare a model of its own for it, with a field of the type User.`);
    else if (keys.length === 0)
      refuse(line, `${place} needs \`@relation(fields: […], references: [id], onDelete: …)\`.`);
    else if (listOf(relation, 'references').join() !== 'id')
      refuse(line, `${place} needs \`references: [id]\`, because only the id of a user never changes.`);
    else if (onDelete !== 'Cascade' && onDelete !== 'SetNull')
      refuse(
        line,
        `${place} needs \`onDelete: Cascade\` or \`onDelete: SetNull\`, because a user can be erased at any time.`,
      );
    else if (onDelete === 'SetNull' && !isNullable) refuse(line, requiredKey(place));
    else if (labels.indexOf(labels[index]) !== index)
      refuse(
        line,
        `${model.name} has several relations to User, so that each needs a name: \`@relation("${name}", …)\`.`,
      );
  }
};

const requiredKey = (place) =>
  `${place} needs \`onDelete: Cascade\` or an optional key, because SetNull cannot set a required one to null.`;

/** Rows that are deleted with a user must not be kept by others, or the user could not be erased. */
const checkDeletion = (fields, refuse) => {
  const relations = fields.filter(({ keys }) => keys.length > 0);
  const deleted = new Set(['User']);
  for (let size = 0; size < deleted.size;) {
    size = deleted.size;
    for (const { type, model, onDelete } of relations)
      if (onDelete === 'Cascade' && deleted.has(type)) deleted.add(model.name);
  }
  for (const { type, name, model, line, isOptional, isNullable, onDelete } of relations) {
    if (type === 'User' || !deleted.has(type)) continue;
    const action = onDelete ?? (isOptional ? 'SetNull' : 'Restrict');
    if (action !== 'Cascade' && action !== 'SetNull')
      refuse(
        line,
        `${model.name}.${name} needs \`onDelete: Cascade\` or \`onDelete: SetNull\`, because its ${type} is deleted when a user is erased.`,
      );
    else if (action === 'SetNull' && !isNullable) refuse(line, requiredKey(`${model.name}.${name}`));
  }
};

const backRelationOf = ({ model, name, keys, label, line }) => {
  const type = `${model.name}${hasUniqueKey(model, keys) ? '?' : '[]'}`;
  const attribute = label === undefined ? '' : ` @relation("${label}")`;
  return { line, code: `app_${model.name}_${name} ${type}${attribute}` };
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
