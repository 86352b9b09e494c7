import { Field, FieldResolver, ID, Arg, Ctx, ObjectType, Query, Resolver, Root } from 'type-graphql';

import { Authorized, Public, requireUser, User, UserProfile, type Context } from '../src/extend.js';
import { bearer, startApp, type TestApp } from './support/app.js';

@ObjectType({ description: 'A project.' })
class Project {
  @Field(() => String, { description: 'The title.' })
  readonly title!: string;

  readonly ownerId!: string;
}

/** What an application in src/app writes, with nothing of Gatehouse but what src/extend.ts exports. */
@Resolver(() => Project)
class ProjectResolver {
  @Query(() => Project, { nullable: true, description: 'A project of a user.' })
  @Authorized()
  projectOf(@Arg('userId', () => ID, { description: 'The id of the user.' }) ownerId: string): Project {
    return { title: 'Analytical engine', ownerId };
  }

  @FieldResolver(() => UserProfile, { nullable: true, description: 'Who owns the project.' })
  async owner(@Root() { ownerId }: Project, @Ctx() context: Context): Promise<UserProfile | null> {
    const [owner] = await context.users.profiles([ownerId]);
    return owner ?? null;
  }
}

@Resolver(() => User)
class UserFields {
  @FieldResolver(() => [Project], { description: 'The projects of the user.' })
  projects(@Root() user: User): Project[] {
    return [{ title: `The project of ${user.email}`, ownerId: user.id }];
  }
}

@Resolver(() => UserProfile)
class UserProfileFields {
  @FieldResolver(() => String, { nullable: true, description: 'The URL of the picture.' })
  avatarUrl(@Root() { id }: UserProfile): string {
    return `https://cdn.example.com/${id}.png`;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The id of the caller.' })
  @Authorized('ADMIN')
  viewedBy(@Ctx() context: Context): string {
    return requireUser(context).userId;
  }
}

let app: TestApp;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [ProjectResolver, UserFields, UserProfileFields] });
});

afterAll(() => app.close());

const ask = (query: string, accessToken?: string) =>
  app.post(JSON.stringify({ query }), accessToken === undefined ? {} : bearer(accessToken));

describe('an application', () => {
  it('adds fields to User, which are reachable wherever the user is', async () => {
    const { email, id, password, tokens } = await app.newcomer();
    const expected = { email, projects: [{ title: `The project of ${email}`, owner: { id } }] };
    const selection = '{ email projects { title owner { id } } }';
    expect((await ask(`{ me ${selection} }`, tokens.accessToken)).data).toEqual({ me: expected });
    const login = `login(input: { email: "${email}", password: "${password}" })`;
    const { data } = await ask(`mutation { ${login} { ... on LoginSuccess { user ${selection} } } }`);
    expect(data).toEqual({ login: { user: expected } });
  });

  it('adds fields to UserProfile, under rules of its own', async () => {
    const [{ id }, { tokens }] = [await app.createUser(), await app.newcomer()];
    const { data, errors } = await ask(
      `{ projectOf(userId: "${id}") { title owner { id name avatarUrl viewedBy } } }`,
      tokens.accessToken,
    );
    const owner = { id, name: null, avatarUrl: `https://cdn.example.com/${id}.png`, viewedBy: null };
    expect(data).toEqual({ projectOf: { title: 'Analytical engine', owner } });
    expect(errors).toMatchObject([{ path: ['projectOf', 'owner', 'viewedBy'], extensions: { code: 'FORBIDDEN' } }]);
  });

  it('shows no more than the profile of another user', async () => {
    const { tokens } = await app.newcomer();
    const { status } = await ask(`{ projectOf(userId: "${tokens.user.id}") { owner { email } } }`, tokens.accessToken);
    expect(status).toBe(400);
  });

  it('gets null for the profile of a user that was erased, or that never was', async () => {
    const { tokens } = await app.newcomer();
    const erased = await app.createUser();
    const ownerOf = async (id: string) =>
      (await ask(`{ projectOf(userId: "${id}") { owner { id } } }`, tokens.accessToken)).data;
    expect(await ownerOf(erased.id)).toEqual({ projectOf: { owner: { id: erased.id } } });

    await app.database.query(`UPDATE "user" SET erase_after = now() WHERE id = $1`, [erased.id]);
    await app.gatehouse.auth.accountDeletion.erase();
    expect(await ownerOf(erased.id)).toEqual({ projectOf: { owner: null } });
    expect(await ownerOf('nobody')).toEqual({ projectOf: { owner: null } });
  });

  it('cannot misspell a role: the compiler and the build refuse it', () => {
    // @ts-expect-error The role is missing in src/app/roles.ts.
    expect(() => Authorized('ADMNI')).not.toThrow();
    expect(Public('for a test')).toBeInstanceOf(Function);
  });
});
