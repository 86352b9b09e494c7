import { Length } from 'class-validator';
import { Arg, Field, InputType, Mutation, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { startApp, type TestApp } from '../support/app.js';
import { badInput, CANARY, watchForTraces } from '../support/rejected-request.js';

@InputType({ description: 'An address of an application.' })
class StreetInput {
  @Field(() => String, { description: 'The name of the street.' })
  @Length(1, 20)
  readonly street!: string;
}

@InputType({ description: 'A task of an application.' })
class CreateTaskInput {
  @Field(() => String, { description: 'The title of the task.' })
  @Length(1, 20)
  readonly title!: string;

  @Field(() => String, { description: 'A note.' })
  @Length(1, 20)
  readonly note!: string;
}

@Resolver()
class TaskResolver {
  @Mutation(() => Boolean, { description: 'Creates a task.' })
  @Public('A test.')
  createTask(@Arg('input', () => CreateTaskInput, { description: 'The task.' }) _input: CreateTaskInput): boolean {
    return true;
  }

  @Mutation(() => Boolean, { description: 'Names a street.' })
  @Public('A test.')
  nameStreet(@Arg('input', () => StreetInput, { description: 'The street.' }) _input: StreetInput): boolean {
    return true;
  }
}

let app: TestApp;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [TaskResolver] });
});

afterAll(async () => {
  await app.close();
});

const createTask = (title: string, note: string) => {
  const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) }';
  return app.post(JSON.stringify({ query, variables: { input: { title, note } } }));
};

describe('an input class of an application with decorators of class-validator', () => {
  it('accepts a valid value', async () => {
    expect((await createTask('a title', 'a note')).data).toEqual({ createTask: true });
  });

  it('is BAD_USER_INPUT with the names of the fields that are not valid, and without their values', async () => {
    const assertRejected = await watchForTraces(app);
    const rejected = await createTask('', `${CANARY} ${CANARY}`);
    await assertRejected(rejected, badInput);
    expect(rejected.errors).toHaveLength(1);
    expect(rejected.errors[0]?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      retryable: false,
      fields: ['title', 'note'],
    });
  });

  it('stops one root field of a mutation, and the path says which', async () => {
    const query = `mutation { first: logout { revokedSessions } second: nameStreet(input: { street: "" }) }`;
    const { status, errors } = await app.post(JSON.stringify({ query }));
    expect(status).toBe(400);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['second'], extensions: { code: 'BAD_USER_INPUT', fields: ['street'] } });
  });
});
