import { Args, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';

import { connectionOf, PageArguments, Public, readConnection, type Connection } from '../../src/extend.js';
import { encodeCursor } from '../../src/graphql/connection.js';
import { createSchema } from '../../src/graphql/schema.js';
import { User } from '../../src/graphql/users/users.types.js';
import { uuidv7 } from '../../src/values/uuid.js';
import { startApp, type TestApp } from '../support/app.js';

@ObjectType({ description: 'A task.' })
class Task {
  @Field(() => ID, { description: 'The id.' })
  readonly id!: string;
}

const TaskConnection = connectionOf(Task);

/** Newest first. */
const tasks: readonly Task[] = Array.from({ length: 250 }, (_, index) => ({
  id: uuidv7(new Date(Date.UTC(2026, 0, 1) - index)),
}));

const holds = (id: string, { lt, lte, gt, gte }: { lt?: string; lte?: string; gt?: string; gte?: string }): boolean =>
  (lt === undefined || id < lt) &&
  (lte === undefined || id <= lte) &&
  (gt === undefined || id > gt) &&
  (gte === undefined || id >= gte);

@Resolver()
class TaskResolver {
  /** How often the tasks were counted. */
  static counts = 0;

  @Query(() => TaskConnection, { nullable: true, description: 'The tasks.' })
  @Public('A test.')
  tasks(@Args(() => PageArguments) page: PageArguments): Promise<Connection<Task>> {
    return readConnection(TaskConnection, page, {
      list: ({ where, orderBy, take }) => {
        const found = tasks.filter(({ id }) => holds(id, where.id));
        return Promise.resolve((orderBy.id === 'asc' ? found.toReversed() : found).slice(0, take));
      },
      count: (take) => {
        TaskResolver.counts += 1;
        return Promise.resolve(Math.min(tasks.length, take));
      },
    });
  }
}

interface Page {
  readonly nodes: readonly Task[];
  readonly edges: readonly { readonly node: Task; readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

describe('a connection of an application', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({}, { resolvers: [TaskResolver] });
  });

  afterAll(() => app.close());

  const ask = (query: string) => app.post(JSON.stringify({ query }));

  const read = async (page: string): Promise<Page> => {
    const { data, text } = await ask(
      `{ tasks${page} { nodes { id } edges { node { id } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    );
    if (!data) throw new Error(text);
    return data['tasks'] as Page;
  };

  it('leads through the whole list, forwards and backwards', async () => {
    const forwards: Task[] = [];
    for (
      let page = await read('(first: 100)');
      ;
      page = await read(`(first: 100, after: "${page.pageInfo.endCursor}")`)
    ) {
      forwards.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(forwards).toEqual(tasks);

    const backwards: Task[] = [];
    for (
      let page = await read('(last: 100)');
      ;
      page = await read(`(last: 100, before: "${page.pageInfo.startCursor}")`)
    ) {
      backwards.unshift(...page.nodes);
      if (!page.pageInfo.hasPreviousPage) break;
    }
    expect(backwards).toEqual(tasks);
  });

  it('has twenty elements where no size is given, with the cursor of each', async () => {
    const { nodes, edges, pageInfo } = await read('');
    expect(nodes).toEqual(tasks.slice(0, 20));
    expect(edges).toEqual(nodes.map((node) => ({ node, cursor: encodeCursor('Task', node.id) })));
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor,
      endCursor: edges[19]?.cursor,
    });
  });

  it('tells on both sides whether there is more between two cursors', async () => {
    const [after, before] = [encodeCursor('Task', tasks[9]?.id ?? ''), encodeCursor('Task', tasks[12]?.id ?? '')];
    const { nodes, pageInfo } = await read(`(after: "${after}", before: "${before}")`);
    expect(nodes).toEqual(tasks.slice(10, 12));
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  it.each(['(first: 0)', '(first: 101)', '(last: 0)', '(first: 1, last: 1)', '(after: "x")', '(before: "dXNlcjox")'])(
    'is BAD_USER_INPUT for %s, as `users` is',
    async (page) => {
      expect(await ask(`{ tasks${page} { nodes { id } } }`)).toMatchObject({
        status: 400,
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      });
    },
  );

  it('accepts no cursor of another list', async () => {
    const cursor = encodeCursor('user', tasks[0]?.id ?? '');
    expect((await ask(`{ tasks(after: "${cursor}") { nodes { id } } }`)).status).toBe(400);
  });

  it('counts its elements once, and only if they are selected', async () => {
    TaskResolver.counts = 0;
    await read('(first: 1)');
    expect(TaskResolver.counts).toBe(0);
    const { data } = await ask('{ tasks { totalCount again: totalCount } }');
    expect(data).toEqual({ tasks: { totalCount: 250, again: 250 } });
    expect(TaskResolver.counts).toBe(1);
  });

  it('counts towards the cost of an operation by its size', async () => {
    const selection = '{ nodes { id } edges { cursor node { id } } }';
    const query = (size: number) =>
      `{ ${Array.from({ length: 30 }, (_, index) => `t${index}: tasks(first: ${size}) ${selection}`).join(' ')} }`;
    expect((await ask(query(1))).status).toBe(200);
    expect((await ask(query(100))).errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
  });
});

describe('the connection of a type', () => {
  it('without @ObjectType is refused by its name', () => {
    class Nothing {
      readonly id: string = '';
    }
    expect(() => connectionOf(Nothing)).toThrow('connectionOf(Nothing): the class has no @ObjectType(). Add it.');
  });

  it('that is private stops the build: it leads to User', () => {
    const UsersConnection = connectionOf(User);
    @Resolver()
    class UsersResolver {
      @Query(() => UsersConnection, { nullable: true, description: 'A test.' })
      @Public('A test.')
      everybody(): null {
        return null;
      }
    }
    expect(() => createSchema([UsersResolver])).toThrow(/UserConnection|private type User/);
  });
});
