import 'reflect-metadata';

import { GraphQLScalarType } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  createUnionType,
  Field,
  FieldResolver,
  InputType,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { loadConfig } from '../../src/config/config.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import { User, UserProfile } from '../../src/graphql/users/users.types.js';
import { createGatehouse } from '../../src/server/gatehouse.js';

const unused = (): never => {
  throw new Error('This test only builds the schema.');
};

const build =
  (...resolvers: ResolverClass[]) =>
  () =>
    createSchema(resolvers);

/** A resolver with one public query of a type. */
const resolverOf = (type: () => never): ResolverClass => {
  @Resolver()
  class OneQuery {
    @Query(type)
    @Public('for a test')
    oneQuery(): never {
      return unused();
    }
  }
  return OneQuery;
};

const queryOf = (type: unknown): ResolverClass => resolverOf(() => type as never);

describe('a name of the application that Gatehouse uses too keeps the schema from being built', () => {
  it('for a type, also under another class name and behind another type', () => {
    @ObjectType('User')
    class Person {
      @Field(() => String)
      readonly nickname!: string;
    }
    @ObjectType()
    class Team {
      @Field(() => [Person])
      readonly members!: Person[];
    }
    const message = 'Type "User" of src/app (class Person) collides with Gatehouse\'s type User. Choose another name.';
    expect(build(queryOf(Person))).toThrow(message);
    expect(build(queryOf(Team))).toThrow(message);
  });

  it('for an interface, an enum, a union and a scalar, regardless of the kind of the other type', () => {
    @InterfaceType('UserConnection')
    abstract class Connection {
      @Field(() => String)
      readonly nickname!: string;
    }
    const Role = { A: 'A' };
    registerEnumType(Role, { name: 'Role' });
    const LoginResult = createUnionType({ name: 'LoginResult', types: () => [UserProfile] as const });
    const DateTime = new GraphQLScalarType({ name: 'DateTime' });
    expect(build(queryOf(Connection))).toThrow(
      'Interface "UserConnection" of src/app (class Connection) collides with Gatehouse\'s type UserConnection.',
    );
    expect(build(queryOf(Role))).toThrow('Enum "Role" of src/app collides with Gatehouse\'s enum Role.');
    expect(build(queryOf(LoginResult))).toThrow(
      'Union "LoginResult" of src/app collides with Gatehouse\'s union LoginResult.',
    );
    expect(build(queryOf(DateTime))).toThrow(
      'Scalar "DateTime" of src/app collides with Gatehouse\'s scalar DateTime.',
    );
  });

  it('for an input, as an argument, in a class of arguments and in another input', () => {
    @InputType('LoginInput')
    class Credentials {
      @Field(() => String)
      readonly pin!: string;
    }
    @InputType()
    class Envelope {
      @Field(() => Credentials)
      readonly credentials!: Credentials;
    }
    @ArgsType()
    class Arguments {
      @Field(() => Credentials)
      readonly credentials!: Credentials;
    }
    @Resolver()
    class Argument {
      @Mutation(() => String)
      @Public('for a test')
      enter(@Arg('input', () => Credentials) _input: Credentials): string {
        return unused();
      }
    }
    @Resolver()
    class Nested {
      @Mutation(() => String)
      @Public('for a test')
      enterNested(@Arg('input', () => Envelope) _input: Envelope): string {
        return unused();
      }
    }
    @Resolver()
    class Listed {
      @Mutation(() => String)
      @Public('for a test')
      enterListed(@Args(() => Arguments) _arguments: Arguments): string {
        return unused();
      }
    }
    const message = 'Input "LoginInput" of src/app (class Credentials) collides with Gatehouse\'s input LoginInput.';
    expect(build(Argument)).toThrow(message);
    expect(build(Nested)).toThrow(message);
    expect(build(Listed)).toThrow(message);
  });

  it('for a root type', () => {
    @ObjectType()
    class Mutation {
      @Field(() => String)
      readonly gene!: string;
    }
    expect(build(queryOf(Mutation))).toThrow(
      'Type "Mutation" of src/app (class Mutation) collides with Gatehouse\'s type Mutation.',
    );
  });

  it('for a root field, also when the method has another name', () => {
    @Resolver()
    class Usurper {
      @Query(() => String, { name: 'me', nullable: true })
      @Public('for a test')
      usurped(): string {
        return unused();
      }
    }
    @Resolver()
    class Door {
      @Mutation(() => String)
      @Public('for a test')
      login(): string {
        return unused();
      }
    }
    expect(build(Usurper)).toThrow(
      "Query.me of src/app (Usurper.usurped) collides with Gatehouse's Query.me (UserResolver.me). Choose another name.",
    );
    expect(build(Door)).toThrow(
      "Mutation.login of src/app (Door.login) collides with Gatehouse's Mutation.login (LoginResolver.login).",
    );
  });

  it('for a field of one of our types, whose value it would replace', () => {
    @Resolver(() => UserProfile)
    class Masks {
      @FieldResolver(() => String, { nullable: true })
      name(): string {
        return unused();
      }
    }
    expect(build(Masks)).toThrow(
      "UserProfile.name of src/app (Masks.name) collides with Gatehouse's UserProfile.name. Choose another name.",
    );
  });

  it('for a field of one of our types that a resolver of ours adds to it', () => {
    @Resolver(() => User)
    class Visits {
      @FieldResolver(() => [String])
      sessions(): string[] {
        return unused();
      }
    }
    expect(build(Visits)).toThrow(
      "User.sessions of src/app (Visits.sessions) collides with Gatehouse's User.sessions. Choose another name.",
    );
  });

  it('and the server from starting', async () => {
    @ObjectType()
    class AuthConfig {
      @Field(() => String)
      readonly nickname!: string;
    }
    const config = loadConfig({ NODE_ENV: 'test' });
    await expect(createGatehouse(config, { resolvers: [queryOf(AuthConfig)] })).rejects.toThrow(
      'Type "AuthConfig" of src/app (class AuthConfig) collides',
    );
  });
});

describe('a name of the application', () => {
  it('may be that of a query where ours is a mutation', () => {
    @Resolver()
    class LoginPage {
      @Query(() => String)
      @Public('for a test')
      login(): string {
        return unused();
      }
    }
    expect(build(LoginPage)).not.toThrow();
  });

  it('may be one of Gatehouse if it means that type', () => {
    expect(build(queryOf(UserProfile))).not.toThrow();
  });
});
