import 'reflect-metadata';

import { readFileSync } from 'node:fs';

import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';

import { resolvers } from '../../src/app/resolvers.js';
import { printSchemaWithRules } from '../../src/authorization/print-schema.js';
import { requestErrors, resultErrors } from '../../src/errors.js';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();
const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
const compositeTypes = ownTypes.filter((type) => isObjectType(type) || isInterfaceType(type));

describe('the schema', () => {
  it('is the committed schema.graphql, including the fields of the application', () => {
    expect(printSchemaWithRules(createSchema(resolvers))).toBe(readFileSync('schema.graphql', 'utf8'));
  });

  it('describes every type, field, argument, input field and enum value', () => {
    const undescribed = ownTypes.flatMap((type) => {
      const parts = [{ name: type.name, description: type.description }];
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
      'CancelAccountDeletionPayload.user',
      'DisableUserSuccess.user',
      'EnableUserSuccess.user',
      'LoginSuccess.user',
      'Query.me',
      'Query.user',
      'RevokeOtherSessionsPayload.user',
      'RevokeUserSessionsSuccess.user',
      'SetUserRolesSuccess.user',
      'UnlockUserSuccess.user',
      'UpdateProfileSuccess.user',
      'UserConnection.nodes',
      'UserEdge.node',
    ]);
  });

  it('accepts no role, session id or verification in the input of a sign-up or a login', () => {
    const fieldsOf = (name: string) => {
      const type = schema.getType(name);
      return isInputObjectType(type) ? Object.keys(type.getFields()).sort() : [];
    };
    expect(fieldsOf('SignUpInput')).toEqual(['email', 'locale', 'name', 'password']);
    expect(fieldsOf('LoginInput')).toEqual(['deviceToken', 'email', 'password']);
  });

  const valuesOf = (name: string) => {
    const type = schema.getType(name);
    return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
  };

  it('publishes the codes of results and of request errors as two enums', () => {
    expect(valuesOf('ErrorCode')).toEqual(Object.keys(resultErrors));
    expect(valuesOf('RequestErrorCode')).toEqual(Object.keys(requestErrors));
  });

  it('prints the enum of request errors although no field has its type', () => {
    expect(printSchemaWithRules(schema)).toContain('enum RequestErrorCode {');
  });

  it('has only members of a union that end in Success, or end in Error and implement ErrorResult', () => {
    const members = ownTypes.filter((type) => isUnionType(type)).flatMap((type) => type.getTypes());
    const failures = members.filter((type) => type.getInterfaces().some(({ name }) => name === 'ErrorResult'));
    expect(failures.filter(({ name }) => !name.endsWith('Error'))).toEqual([]);
    expect(members.filter((type) => !failures.includes(type) && !type.name.endsWith('Success'))).toEqual([]);
  });

  it('shares the tokens of every operation that issues some in one interface', () => {
    const issuing = compositeTypes.filter((type) => isObjectType(type) && 'accessToken' in type.getFields());
    expect(issuing.map(({ name }) => name).sort()).toEqual([
      'ChangePasswordSuccess',
      'LoginSuccess',
      'RefreshSessionSuccess',
    ]);
    for (const type of issuing) expect(type.getInterfaces().map(({ name }) => name)).toEqual(['IssuedTokens']);
  });

  it('makes every protected root field of Query nullable, so that its rejection does not affect the others', () => {
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
    const nonNull = fields.filter(({ type }) => String(type).endsWith('!')).map(({ name }) => name);
    expect(nonNull).toEqual(['authConfig']);
  });
});
