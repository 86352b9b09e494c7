import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildSchema, isObjectType } from 'graphql';

import { OperatorError, resultErrors } from '../../src/errors.js';
import type { ResourceName } from './resource-name.js';

/**
 * Checks that nothing has a name that a resource will have: a file, a model, a table, a type, a root field or an error code.
 *
 * @throws OperatorError that names the first one that is taken
 */
export const assertNamesAreFree = (root: string, name: ResourceName, newFiles: readonly string[]): void => {
  const file = newFiles.find((path) => existsSync(join(root, path)));
  if (file !== undefined) throw taken(name, `the file ${file}`);
  assertModelIsFree(root, name);
  assertTypesAreFree(root, name);
  const code = `${name.CODE}_TITLE_TAKEN`;
  if (Object.hasOwn(resultErrors, code)) throw taken(name, `the error code ${code}`);
};

const assertModelIsFree = (root: string, { Type, table, ...name }: ResourceName): void => {
  const folder = join(root, 'prisma/schema');
  for (const path of readdirSync(folder)) {
    const text = readFileSync(join(folder, path), 'utf8').replace(/^\s*\/\/.*$/gm, '');
    const block = new RegExp(`^\\s*(?:model|enum)\\s+${Type}\\b`, 'im').exec(text);
    const map = new RegExp(`@@map\\("${table}"\\)`).exec(text);
    if (block ?? map) throw taken(name, `${(block ?? map)?.[0].trim()} in prisma/schema/${path}`);
  }
};

const assertTypesAreFree = (root: string, { Type, field, fields, ...name }: ResourceName): void => {
  const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'), { assumeValid: true });
  const actions = ['Create', 'Update', 'Delete'].flatMap((verb) =>
    ['Input', 'Success', 'Result'].map((kind) => `${verb}${Type}${kind}`),
  );
  const types = [Type, `${Type}Edge`, `${Type}Connection`, `${Type}TitleTakenError`, ...actions];
  const type = Object.keys(schema.getTypeMap()).find((existing) =>
    types.some((added) => added.toLowerCase() === existing.toLowerCase()),
  );
  if (type !== undefined) throw taken(name, `the type ${type} in schema.graphql`);
  const added = { Query: [field, fields], Mutation: [`create${Type}`, `update${Type}`, `delete${Type}`] };
  for (const [rootType, rootFields] of Object.entries(added)) {
    const existing = schema.getType(rootType);
    const found = isObjectType(existing) && rootFields.find((rootField) => rootField in existing.getFields());
    if (found) throw taken(name, `${rootType}.${found} in schema.graphql`);
  }
};

const taken = ({ noun }: Pick<ResourceName, 'noun'>, what: string) =>
  new OperatorError(`There is already ${what}: choose another name than "${noun}". Nothing was written.`);
