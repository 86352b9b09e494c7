import 'reflect-metadata';

import { isInterfaceType, isObjectType } from 'graphql';
import { Authorized, Field, FieldResolver, Int, InterfaceType, ObjectType, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { ruleOf } from '../../src/authorization/schema-rules.js';
import { loadConfig } from '../../src/config/config.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import { createGatehouse } from '../../src/server/gatehouse.js';

@Resolver()
class UndecidedResolver {
  @Query(() => Int, { name: 'forgotten', description: 'Says not who may pass.' })
  answer(): number {
    return 42;
  }
}

const ruleOfQuery = (resolver: ResolverClass, name: string) => {
  const field = createSchema([resolver]).getQueryType()?.getFields()[name];
  if (!field) throw new Error(`there is no query ${name}`);
  return ruleOf(field);
};

describe('a root field', () => {
  it('without a rule keeps the schema from being built, and is named with its class and method', () => {
    @Resolver()
    class Undecided {
      @Query(() => String)
      forgotten(): string {
        return '';
      }
    }
    expect(() => createSchema([Undecided])).toThrow('Query.forgotten (Undecided.forgotten)');
  });

  it('cannot be both public and protected, whether on the method or by its class', () => {
    @Resolver()
    class Both {
      @Query(() => String)
      @Public('for a test')
      @Authorized()
      both(): string {
        return '';
      }
    }
    @Resolver()
    @Authorized()
    class PublicInside {
      @Query(() => String)
      @Public('for a test')
      inside(): string {
        return '';
      }
    }
    expect(() => createSchema([Both])).toThrow('Query.both (Both.both): @Public and @Authorized cannot be combined.');
    expect(() => createSchema([PublicInside])).toThrow(
      'Query.inside (PublicInside.inside): @Public and @Authorized cannot be combined.',
    );
  });

  it('keeps the roles of its class when it has @Authorized() itself: rules are combined', () => {
    @Resolver()
    @Authorized('ADMIN')
    class Administrators {
      @Query(() => String)
      @Authorized()
      narrowed(): string {
        return '';
      }
    }
    expect(ruleOfQuery(Administrators, 'narrowed')).toEqual({ kind: 'roles', anyOf: [['ADMIN']] });
  });

  it('requires the roles of its class and its own, when they differ', () => {
    @Resolver()
    @Authorized('ADMIN')
    class Both {
      @Query(() => String)
      @Authorized('USER')
      narrow(): string {
        return '';
      }
    }
    expect(ruleOfQuery(Both, 'narrow')).toEqual({ kind: 'roles', anyOf: [['ADMIN', 'USER']] });
  });

  it.each<[string, PropertyDecorator & MethodDecorator & ClassDecorator]>([
    ['a misspelled one', Authorized('ADMNI')],
    ['one that names an inherited property', Authorized('toString')],
    ['one of several', Authorized('ADMIN', 'ADMNI')],
  ])('with a role that src/app/roles.ts lacks keeps the schema from being built: %s', (_description, decorator) => {
    @Resolver()
    class Misspelled {
      @Query(() => String)
      @decorator
      salaries(): string {
        return '';
      }
    }
    const message =
      /^Query\.salaries \(Misspelled\.salaries\): src\/app\/roles\.ts has no role "(?:ADMNI|toString)"\. The roles are USER, ADMIN/;
    expect(() => createSchema([Misspelled])).toThrow(message);
  });

  it('states in its description what it requires', () => {
    @Resolver()
    class Printed {
      @Query(() => String, { description: 'A report.' })
      @Authorized('ADMIN', 'USER')
      report(): string {
        return '';
      }
    }
    const schema = createSchema([Printed]);
    expect(schema.getQueryType()?.getFields()['report']?.description).toBe('A report. Requires: role ADMIN or USER.');
  });
});

describe('a resolver of the application', () => {
  it('without a rule keeps the server from starting, and the message names the field', async () => {
    expect(() => createSchema([UndecidedResolver])).toThrow('Query.forgotten (UndecidedResolver.answer)');
    await expect(createGatehouse(loadConfig({ NODE_ENV: 'test' }), { resolvers: [UndecidedResolver] })).rejects.toThrow(
      'Query.forgotten',
    );
  });
});

describe('a nested field', () => {
  it('inherits, or is stricter by the sum of what type, field and resolver say', () => {
    @ObjectType()
    @Authorized()
    class Report {
      @Field(() => String)
      readonly title!: string;

      @Field(() => String)
      @Authorized('ADMIN')
      readonly cost!: string;

      @Field(() => String)
      readonly author!: string;
    }
    @Resolver(() => Report)
    class Reports {
      @Query(() => Report)
      @Public('for a test')
      latest(): Report {
        return new Report();
      }

      @FieldResolver(() => String)
      @Authorized('ADMIN')
      author(): string {
        return '';
      }
    }
    const type = createSchema([Reports]).getType('Report');
    const fields = type && 'getFields' in type ? type.getFields() : {};
    const rules = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, ruleOf(field as never)]));
    expect(rules).toEqual({
      title: { kind: 'authenticated' },
      cost: { kind: 'roles', anyOf: [['ADMIN']] },
      author: { kind: 'roles', anyOf: [['ADMIN']] },
    });
  });

  it('cannot be public: it would promise what the path to it may refuse', () => {
    @ObjectType()
    class Leaflet {
      @Field(() => String)
      @Public('for a test')
      readonly title!: string;
    }
    @Resolver()
    class Leaflets {
      @Query(() => Leaflet)
      @Public('for a test')
      leaflet(): Leaflet {
        return new Leaflet();
      }
    }
    expect(() => createSchema([Leaflets])).toThrow('Leaflet.title (Leaflet.title): only a root field can be @Public.');
  });

  it('with a role that src/app/roles.ts lacks is named with its class', () => {
    @ObjectType()
    class Payslip {
      @Field(() => String)
      @Authorized('PAYROL')
      readonly amount!: string;
    }
    @Resolver()
    class Payslips {
      @Query(() => Payslip)
      @Public('for a test')
      payslip(): Payslip {
        return new Payslip();
      }
    }
    expect(() => createSchema([Payslips])).toThrow(
      'Payslip.amount (Payslip.amount): src/app/roles.ts has no role "PAYROL".',
    );
  });
});

describe('a field of an interface', () => {
  @InterfaceType()
  abstract class Document {
    @Field(() => String)
    readonly title!: string;

    @Field(() => String)
    readonly text!: string;
  }
  @ObjectType({ implements: Document })
  class Letter extends Document {}
  @ObjectType({ implements: Document })
  @Authorized('ADMIN')
  class Contract extends Document {}
  @Resolver()
  class Documents {
    @Query(() => [Document])
    @Public('for a test')
    documents(): Document[] {
      return [new Letter(), new Contract()];
    }
  }

  it('has the rules of all its implementations, because a gateway cannot know which one is returned', () => {
    const schema = createSchema([Documents]);
    const rules = ['Document', 'Letter', 'Contract'].map((name) => {
      const type = schema.getType(name);
      const title = isInterfaceType(type) || isObjectType(type) ? type.getFields()['title'] : undefined;
      return [name, title && ruleOf(title)];
    });
    expect(rules).toEqual([
      ['Document', { kind: 'roles', anyOf: [['ADMIN']] }],
      ['Letter', undefined],
      ['Contract', { kind: 'roles', anyOf: [['ADMIN']] }],
    ]);
  });
});
