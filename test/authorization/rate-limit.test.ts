import 'reflect-metadata';

import { rateLimitOf } from '../../src/authorization/rate-limit.js';
import { createSchema } from '../../src/graphql/schema.js';

describe('the root fields with a rate limit', () => {
  it('are login, and those that send an email to a stranger', () => {
    const schema = createSchema();
    const fields = Object.values({
      ...schema.getQueryType()?.getFields(),
      ...schema.getMutationType()?.getFields(),
    });
    const purposes = fields.map((field) => [field.name, rateLimitOf(field)]).filter(([, purpose]) => purpose);
    expect(Object.fromEntries(purposes)).toEqual({
      login: 'login',
      requestPasswordReset: 'mail',
      resendVerificationEmail: 'mail',
      signUp: 'mail',
    });
  });
});
