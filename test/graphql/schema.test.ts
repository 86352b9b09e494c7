import 'reflect-metadata';

import { readFileSync } from 'node:fs';

import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';

import { printSchemaWithRules } from '../../src/authorization/print-schema.js';
import { errorTable } from '../../src/errors.js';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();
const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
const compositeTypes = ownTypes.filter((type) => isObjectType(type) || isInterfaceType(type));

describe('the schema', () => {
  it('is the committed schema.graphql', () => {
    expect(printSchemaWithRules(schema)).toBe(readFileSync('schema.graphql', 'utf8'));
  });

  it('describes every type, field, argument, input field and enum value', () => {
    const undescribed = ownTypes.flatMap((type) => {
      const parts = [
        { name: type.name, description: type.name === 'Query' || type.name === 'Mutation' ? '-' : type.description },
      ];
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) {
          parts.push({ name: `${type.name}.${field.name}`, description: field.description });
          parts.push(
            ...field.args.map((arg) => ({
              name: `${type.name}.${field.name}(${arg.name})`,
              description: arg.description,
            })),
          );
        }
      }
      if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()));
      if (isEnumType(type)) parts.push(...type.getValues());
      return parts.filter(({ description }) => !description).map(({ name }) => name);
    });
    expect(undescribed).toEqual([]);
  });

  it('shows a user only to itself and to administrators', () => {
    const paths = compositeTypes.flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => /\bUser\b/.test(String(field.type)))
        .map((field) => `${type.name}.${field.name}`),
    );
    expect(paths.sort()).toEqual([
      'AdminUserSuccess.user',
      'LoginSuccess.user',
      'Query.me',
      'Query.user',
      'UpdateProfileSuccess.user',
      'UserEdge.node',
    ]);
  });

  it('takes no role, id of a session or verification from whoever signs up or logs in', () => {
    const fieldsOf = (name: string) => {
      const type = schema.getType(name);
      return isInputObjectType(type) ? Object.keys(type.getFields()).sort() : [];
    };
    expect(fieldsOf('SignUpInput')).toEqual(['email', 'locale', 'name', 'password']);
    expect(fieldsOf('LoginInput')).toEqual(['email', 'password']);
  });

  it('publishes every code of the error table', () => {
    const type = schema.getType('ErrorCode');
    const codes = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
    expect(codes).toEqual(Object.keys(errorTable));
  });

  it('gives every protected root field of Query null for a refusal, so that its neighbours still answer', () => {
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
    const nonNull = fields.filter(({ type }) => String(type).endsWith('!')).map(({ name }) => name);
    expect(nonNull).toEqual(['authConfig']);
  });
});
