import 'reflect-metadata';

import { buildSchema, type GraphQLField } from 'graphql';
import { Field, InterfaceType, ObjectType, Query, Resolver } from 'type-graphql';

import { printSchemaWithRules } from '../../src/authorization/print-schema.js';
import { Authorized, Public } from '../../src/authorization/rule.js';
import { createSchema } from '../../src/graphql/schema.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { openGateway, type Gateway } from '../support/gateway.js';
import { minimalSelection } from '../support/minimal-operation.js';

const printed = printSchemaWithRules(createSchema());
const schema = buildSchema(printed);

const operationsOn = (kind: 'query' | 'mutation'): [name: string, document: string][] => {
  const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  const fields: GraphQLField<unknown, unknown>[] = Object.values(type?.getFields() ?? {});
  return fields.map((field) => [field.name, `${kind} { ${minimalSelection(field)} }`]);
};

const operations = [...operationsOn('query'), ...operationsOn('mutation')];

let app: TestApp;
let gateway: Gateway;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [] });
  gateway = openGateway(printed, app);
});

afterAll(() => app.close());

/** Whether the server itself refuses an operation because of its caller. */
const isRefusedHere = async (query: string, accessToken?: string): Promise<boolean> => {
  const { errors } = await app.post(JSON.stringify({ query }), accessToken === undefined ? {} : bearer(accessToken));
  return errors.some(({ extensions: { code } }) => code === 'UNAUTHENTICATED' || code === 'FORBIDDEN');
};

/** An operation may end the session of its caller, so each one has a caller of its own. */
const callers = [
  ['an anonymous caller', () => Promise.resolve(undefined)],
  ['a user', async () => (await app.newcomer()).tokens.accessToken],
  ['an administrator', async () => (await app.newcomer('ADMIN')).tokens.accessToken],
] as const;

describe.each(callers)('a gateway with the printed schema, for %s', (caller, tokenOf) => {
  it.each(operations)('refuses %s where the server does, and nowhere else', async (_name, document) => {
    const accessToken = await tokenOf();
    const { isRefused, resolved } = await gateway(document, accessToken);
    expect(isRefused).toBe(await isRefusedHere(document, accessToken));
    expect(resolved).toHaveLength(isRefused ? 0 : 1);
  });

  it('refuses some fields and admits others', async () => {
    const accessToken = await tokenOf();
    const outcomes = await Promise.all(operations.map(([, document]) => gateway(document, accessToken)));
    const refused = outcomes.filter(({ isRefused }) => isRefused).length;
    expect(refused > 0).toBe(caller !== 'an administrator');
    expect(refused).toBeLessThan(operations.length);
  });
});

describe('a gateway with the printed schema', () => {
  const logoutAndDisable = 'mutation { logout { __typename } disableUser(input: { userId: "x" }) { __typename } }';

  it('executes nothing of a mutation with one field that is refused', async () => {
    expect(await gateway(logoutAndDisable)).toEqual({ isRefused: true, resolved: [] });
  });

  it('executes the rest of it when it is configured to filter, which is why docs/gateways.md says to reject', async () => {
    const filtering = openGateway(printed, app, 'filter');
    expect(await filtering(logoutAndDisable)).toEqual({ isRefused: true, resolved: ['logout'] });
  });
});

describe('a gateway with the printed schema of an application', () => {
  @InterfaceType()
  abstract class Document {
    @Field(() => String)
    readonly title!: string;
  }
  @ObjectType({ implements: Document })
  class Letter extends Document {}
  @ObjectType({ implements: Document })
  @Authorized('ADMIN')
  class Payslip extends Document {
    @Field(() => String)
    @Authorized('USER')
    readonly amount!: string;
  }
  @Resolver()
  class Documents {
    @Query(() => Document, { nullable: true })
    @Public('for a test')
    document(): Document {
      return new Letter();
    }

    @Query(() => Payslip, { nullable: true })
    @Public('for a test')
    payslip(): Payslip {
      return new Payslip();
    }
  }

  it.each([
    ['a field whose type has a rule', '{ payslip { amount } }'],
    ['a field of an interface, one of whose types has a rule', '{ document { title } }'],
    ['a field in a fragment on a type that has a rule', '{ document { ... on Payslip { title } } }'],
  ])('requires the role for %s', async (_description, document) => {
    const guarded = openGateway(printSchemaWithRules(createSchema([Documents])), app);
    const [user, administrator] = [await app.newcomer(), await app.newcomer('ADMIN')];
    expect((await guarded(document)).isRefused).toBe(true);
    expect((await guarded(document, user.tokens.accessToken)).isRefused).toBe(true);
    expect((await guarded(document, administrator.tokens.accessToken)).isRefused).toBe(false);
    expect((await guarded('{ document { ... on Letter { title } } }')).isRefused).toBe(false);
  });
});
