import 'reflect-metadata';

import { buildSchema, isInterfaceType } from 'graphql';
import { Authorized, Field, InterfaceType, ObjectType, Query, Resolver } from 'type-graphql';

import { printSchemaWithRules } from '../../src/authorization/print-schema.js';
import { RateLimit } from '../../src/authorization/rate-limit.js';
import { Public } from '../../src/authorization/rule.js';
import { createSchema } from '../../src/graphql/schema.js';

@InterfaceType()
abstract class Printable {
  @Field(() => String)
  @Authorized('ADMIN')
  readonly secret!: string;
}

@ObjectType({ implements: Printable })
class Printed extends Printable {}

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

  @Query(() => Printed)
  @Public('for a test')
  @RateLimit('mail')
  limited(): Printed {
    return new Printed();
  }
}

@Resolver()
@Authorized('ADMIN', 'USER')
class StricterResolver {
  @Query(() => String)
  @Authorized('USER')
  stricter(): string {
    return '';
  }

  @Query(() => String)
  @Authorized()
  asStrict(): string {
    return '';
  }
}

describe('a printed schema', () => {
  const printed = printSchemaWithRules(createSchema([PrintedResolver, StricterResolver]));

  it('states the rule of each root field', () => {
    expect(printed).toContain(
      'report: String! @authenticated @requiresScopes(scopes: [["role:ADMIN"], ["role:USER"]])\n',
    );
    expect(printed).toContain('zebra: String! @authenticated\n');
    expect(printed).toContain('aardvark: String! @public(reason: "for a \\"test\\"")');
  });

  it('states one list of scopes for rules that accumulate', () => {
    expect(printed).toContain('stricter: String! @authenticated @requiresScopes(scopes: [["role:USER"]])\n');
    expect(printed).toContain(
      'asStrict: String! @authenticated @requiresScopes(scopes: [["role:ADMIN"], ["role:USER"]])\n',
    );
  });

  it('states the purpose of a rate limit after the rule', () => {
    expect(printed).toContain('limited: Printed! @public(reason: "for a test") @rateLimited(purpose: "mail")\n');
  });

  it('states rules on the fields of an interface too, for gateways that read them there', () => {
    const rule = 'secret: String! @authenticated @requiresScopes(scopes: [["role:ADMIN"]])';
    expect(printed.split(rule)).toHaveLength(3);
    const type = buildSchema(printed).getType('Printable');
    expect(isInterfaceType(type) && type.getFields()['secret']?.astNode?.directives).toHaveLength(2);
  });

  it('declares each directive that it uses', () => {
    const names = buildSchema(printed)
      .getDirectives()
      .map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['authenticated', 'public', 'rateLimited', 'requiresScopes']));
    expect(names).not.toContain('requiresRoles');
  });

  it('is in alphabetical order, whatever the order of the resolvers', () => {
    expect(printed.indexOf('aardvark')).toBeLessThan(printed.indexOf('authConfig'));
    expect(printed.indexOf('report')).toBeLessThan(printed.indexOf('zebra'));
  });
});
