import 'reflect-metadata';

import { rateLimitOf } from '../../src/authorization/rate-limit.js';
import { createSchema } from '../../src/graphql/schema.js';

describe('the root fields with a rate limit', () => {
  it('are those that ask for a password, send an email to a stranger, take the token of a link, or refresh', () => {
    const schema = createSchema();
    const fields = Object.values({
      ...schema.getQueryType()?.getFields(),
      ...schema.getMutationType()?.getFields(),
    });
    const purposes = fields.map((field) => [field.name, rateLimitOf(field)]).filter(([, purpose]) => purpose);
    expect(Object.fromEntries(purposes)).toEqual({
      login: 'login',
      changePassword: 'login',
      requestEmailChange: 'login',
      deleteMyAccount: 'login',
      exportMyData: 'login',
      signUp: 'mail',
      requestPasswordReset: 'mail',
      resendVerificationEmail: 'mail',
      verifyEmail: 'link',
      resetPassword: 'link',
      confirmEmailChange: 'link',
      refreshSession: 'refresh',
    });
  });
});
