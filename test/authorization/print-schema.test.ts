import 'reflect-metadata';

import { Authorized, Query, Resolver } from 'type-graphql';

import { printSchemaWithRules } from '../../src/authorization/print-schema.js';
import { Public } from '../../src/authorization/rule.js';
import { createSchema } from '../../src/graphql/schema.js';

@Resolver()
class PrintedResolver {
  @Query(() => String, { description: 'A report.' })
  @Authorized('ADMIN', 'USER')
  report(): string {
    return '';
  }

  @Query(() => String)
  @Authorized()
  zebra(): string {
    return '';
  }

  @Query(() => String)
  @Public('for a "test"')
  aardvark(): string {
    return '';
  }
}

describe('a printed schema', () => {
  const printed = printSchemaWithRules(createSchema([PrintedResolver]));

  it('states the rule of each root field', () => {
    expect(printed).toContain('report: String! @requiresRoles(roles: [ADMIN, USER])');
    expect(printed).toContain('zebra: String! @authenticated');
    expect(printed).toContain('aardvark: String! @public(reason: "for a \\"test\\"")');
  });

  it('is in alphabetical order, whatever the order of the resolvers', () => {
    expect(printed.indexOf('aardvark')).toBeLessThan(printed.indexOf('authConfig'));
    expect(printed.indexOf('report')).toBeLessThan(printed.indexOf('zebra'));
  });
});
