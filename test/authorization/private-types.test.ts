import 'reflect-metadata';

import {
  createUnionType,
  Field,
  FieldResolver,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';

import { Authorized, Public } from '../../src/authorization/rule.js';
import { LoginSuccess } from '../../src/graphql/login/login.types.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import { User, UserConnection, UserProfile } from '../../src/graphql/users/users.types.js';

const unused = (): never => {
  throw new Error('This test only builds the schema.');
};

const build =
  (...resolvers: ResolverClass[]) =>
  () =>
    createSchema(resolvers);

const refusal = (path: string, type = 'User') =>
  `${path} leads to the private type ${type}. Use UserProfile: ${type} is reserved for Gatehouse's own fields under a rule.`;

@ObjectType()
class Note {
  @Field(() => String)
  readonly text!: string;

  @Field(() => User)
  readonly author!: User;
}

describe('a path to User keeps the schema from being built', () => {
  it('from a root field of the application, even under a rule', () => {
    @Resolver()
    class Direct {
      @Query(() => User, { nullable: true })
      @Authorized('ADMIN')
      owner(): never {
        return unused();
      }
    }
    @Resolver()
    class DirectMutation {
      @Mutation(() => [User])
      @Authorized()
      invite(): never {
        return unused();
      }
    }
    expect(build(Direct)).toThrow(refusal('Query.owner'));
    expect(build(DirectMutation)).toThrow(refusal('Mutation.invite'));
  });

  it('through a field of an object, also in a list', () => {
    @Resolver()
    class Notes {
      @Query(() => [Note])
      @Authorized()
      notes(): never {
        return unused();
      }
    }
    expect(build(Notes)).toThrow(refusal('Query.notes > Note.author'));
  });

  it('through a field that a resolver adds', () => {
    @ObjectType()
    class Task {
      @Field(() => String)
      readonly title!: string;
    }
    @Resolver(() => Task)
    class Tasks {
      @Query(() => Task)
      @Authorized()
      task(): never {
        return unused();
      }

      @FieldResolver(() => User, { nullable: true })
      assignee(): never {
        return unused();
      }
    }
    expect(build(Tasks)).toThrow(refusal('Query.task > Task.assignee'));
  });

  it('through a union', () => {
    const Hit = createUnionType({ name: 'Hit', types: () => [Note, User] as const });
    @Resolver()
    class Search {
      @Query(() => [Hit])
      @Authorized()
      search(): never {
        return unused();
      }
    }
    expect(build(Search)).toThrow(refusal('Query.search > Hit'));
  });

  it('through a type that implements an interface', () => {
    @InterfaceType()
    abstract class Item {
      @Field(() => String)
      readonly id!: string;
    }
    @ObjectType({ implements: Item })
    class Attachment extends Item {
      @Field(() => User)
      readonly uploader!: User;
    }
    @Resolver()
    class Items {
      @Query(() => [Item])
      @Authorized()
      items(): Item[] {
        return [new Attachment()];
      }
    }
    expect(build(Items)).toThrow(refusal('Query.items > Item > Attachment.uploader'));
  });

  it('through a type of Gatehouse that the application returns', () => {
    @Resolver()
    class Members {
      @Query(() => UserConnection)
      @Authorized()
      members(): never {
        return unused();
      }
    }
    @Resolver()
    class Impersonation {
      @Mutation(() => LoginSuccess)
      @Authorized('ADMIN')
      impersonate(): never {
        return unused();
      }
    }
    expect(build(Members)).toThrow(refusal('Query.members > UserConnection.nodes'));
    expect(build(Impersonation)).toThrow(refusal('Mutation.impersonate > LoginSuccess.user'));
  });

  it('through a field that the application adds to User', () => {
    @Resolver(() => User)
    class Managers {
      @FieldResolver(() => User, { nullable: true })
      manager(): never {
        return unused();
      }
    }
    expect(build(Managers)).toThrow(refusal('Query.me > User.manager'));
  });

  it('through a type behind a field that the application adds to User', () => {
    @Resolver(() => User)
    class UserNotes {
      @FieldResolver(() => [Note])
      notes(): never {
        return unused();
      }
    }
    expect(build(UserNotes)).toThrow(refusal('Query.me > User.notes > Note.author'));
  });

  it('to a type that extends it', () => {
    @ObjectType()
    class Member extends User {}
    @Resolver()
    class ExtendedUsers {
      @Query(() => [Member])
      @Authorized()
      extendedUsers(): never {
        return unused();
      }
    }
    expect(build(ExtendedUsers)).toThrow(refusal('Query.extendedUsers', 'Member'));
  });
});

describe('a path to UserProfile', () => {
  it('may lead through every type and field of the application', () => {
    @ObjectType()
    class Card {
      @Field(() => UserProfile, { nullable: true })
      readonly assignee!: UserProfile | null;
    }
    @Resolver(() => User)
    class Cards {
      @Query(() => [Card])
      @Public('for a test')
      cards(): never {
        return unused();
      }

      @FieldResolver(() => [Card])
      assignedCards(): never {
        return unused();
      }
    }
    expect(build(Cards)).not.toThrow();
  });
});

describe('Gatehouse itself', () => {
  it('leads to User only by its own fields under a rule and after a proof', () => {
    expect(build()).not.toThrow();
  });

  it('builds a schema without the fields of an application that another schema of the process has', () => {
    @Resolver(() => UserProfile)
    class Avatars {
      @FieldResolver(() => String, { nullable: true })
      avatarUrl(): never {
        return unused();
      }
    }
    const fieldsOf = (...resolvers: ResolverClass[]) => {
      const type = createSchema(resolvers).getType('UserProfile');
      return type && 'getFields' in type ? Object.keys(type.getFields()) : [];
    };
    const own = fieldsOf();
    expect(fieldsOf(Avatars)).toEqual([...own, 'avatarUrl']);
    expect(fieldsOf()).toEqual(own);
  });
});
