import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';

import { Public, UserProfile, type Context } from '../../src/extend.js';
import { startApp, type TestApp } from '../support/app.js';
import { recordStatements } from '../support/sent-statements.js';

@ObjectType({ description: 'A task.' })
class Task {
  @Field(() => ID, { description: 'The id of the task.' })
  readonly id!: string;

  readonly assigneeId!: string | null;
}

let tasks: readonly Task[] = [];
let reads: number[] = [];

@Resolver(() => Task)
class TaskResolver {
  @Query(() => [Task], { description: 'All tasks.' })
  @Public('A test counts statements, without those of the authentication.')
  tasks(): readonly Task[] {
    return tasks;
  }

  @FieldResolver(() => UserProfile, { nullable: true, description: 'Who does the task.' })
  async assignee(@Root() { assigneeId }: Task, @Ctx() { users }: Context): Promise<UserProfile | null> {
    const [assignee] = await users.profiles([assigneeId]);
    return assignee ?? null;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'The number of comments.' })
  async comments(@Root() { id }: Task, @Ctx() { load }: Context): Promise<number | null> {
    const [count] = await load('comments', [id], (ids: readonly string[]) => {
      reads.push(ids.length);
      return Promise.resolve(new Map(ids.map((taskId) => [taskId, Number(taskId) * 2])));
    });
    return count ?? null;
  }
}

let app: TestApp;

beforeAll(async () => {
  app = await startApp({}, { resolvers: [TaskResolver] });
});

afterAll(() => app.close());

it('costs one statement for the assignees of 100 tasks, and one read for their comments', async () => {
  const [ada, grace] = [await app.createUser(), await app.createUser()];
  const assignees = [ada.id, grace.id, null, 'nobody'];
  tasks = Array.from({ length: 100 }, (_, index) => ({
    id: String(index),
    assigneeId: assignees[index % assignees.length] ?? null,
  }));
  reads = [];
  const statements = recordStatements();
  const { data } = await app.post(JSON.stringify({ query: '{ tasks { id assignee { id } comments } }' }));
  statements.stop();

  const idsOfProfiles = new Set([ada.id, grace.id]);
  expect(data).toEqual({
    tasks: tasks.map(({ id, assigneeId }) => ({
      id,
      assignee: assigneeId !== null && idsOfProfiles.has(assigneeId) ? { id: assigneeId } : null,
      comments: Number(id) * 2,
    })),
  });
  expect(statements.sent.filter((text) => text.includes('"user"'))).toEqual([expect.stringContaining('ANY(')]);
  expect(reads).toEqual([100]);
});
