import { Ctx, Query, Resolver } from 'type-graphql';

import { hooks } from '../../src/app/hooks.js';
import { resolvers } from '../../src/app/resolvers.js';
import { Public, type Context } from '../../src/extend.js';
import { startKit, type Kit, type KitUser } from '../kit.js';
import {
  AllProjectsDocument,
  ProjectByIdDocument,
  ProjectPageDocument,
  RemoveMemberDocument,
  UpdateTaskDocument,
} from './generated/operations.js';
import { createProject, createTask, setMember, UNKNOWN_ID } from './rows.js';
import { untilStatementWaits } from './waiting-statement.js';

let kit: Kit;
let owner: KitUser;
let attacker: KitUser;
let projectId: string;
let taskId: string;

beforeAll(async () => {
  kit = await startKit({ env: { PROJECTS_PER_USER: '100' } });
});

beforeEach(async () => {
  [owner, attacker] = [await kit.user(), await kit.user()];
  projectId = await createProject(owner, 'Secret');
  taskId = await createTask(owner, projectId, { title: 'Secret task' });
});

afterAll(() => kit.close());

/** Sends a document, and returns the status and every byte of the response. */
const bytesOf = async (user: KitUser, query: string): Promise<string> => {
  const response = await user.client.request('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return `${response.status} ${await response.text()}`;
};

const stateOf = () => kit.db.project.findUnique({ where: { id: projectId }, include: { members: true, tasks: true } });

describe('a project of another user', () => {
  it.each<[string, (project: string, task: string, own: string) => string]>([
    ['read', (project) => `{ project(id: "${project}") { title tasks { totalCount } } }`],
    [
      'renamed',
      (project) => `mutation { renameProject(input: { projectId: "${project}", title: "Mine" }) { __typename } }`,
    ],
    ['deleted', (project) => `mutation { deleteProject(input: { projectId: "${project}" }) { __typename } }`],
    [
      'joined',
      (project, _task, own) =>
        `mutation { setMember(input: { projectId: "${project}", userId: "${own}", role: EDITOR }) { __typename } }`,
    ],
    [
      'left by a user who is no member',
      (project) =>
        `mutation { removeMember(input: { projectId: "${project}", userId: "${attacker.id}" }) { __typename } }`,
    ],
    [
      'robbed of a member',
      (project, _task, own) =>
        `mutation { removeMember(input: { projectId: "${project}", userId: "${own}" }) { __typename } }`,
    ],
    [
      'given a task',
      (project) => `mutation { createTask(input: { projectId: "${project}", title: "Mine" }) { __typename } }`,
    ],
    [
      'changed through a task',
      (_project, task) => `mutation { updateTask(input: { taskId: "${task}", title: "Mine" }) { __typename } }`,
    ],
    [
      'robbed of a task',
      (_project, task, own) =>
        `mutation { moveTask(input: { taskId: "${task}", projectId: "${own}" }) { __typename } }`,
    ],
  ])('cannot be %s: the response is that of an unknown id, byte for byte', async (_case, document) => {
    const own = await createProject(attacker);
    const before = await stateOf();
    const target = document(projectId, taskId, own);
    const unknown = document(UNKNOWN_ID, UNKNOWN_ID, own);
    const malformed = document('1 OR true', '1 OR true', own);
    const response = await bytesOf(attacker, target);
    expect(response).toMatch(/"(?:NotFoundError)"|"project":null/);
    expect(await bytesOf(attacker, unknown)).toBe(response);
    expect(await bytesOf(attacker, malformed)).toBe(response);
    expect(await stateOf()).toEqual(before);
  });

  it('does not receive a task of the attacker: moving one there reveals nothing', async () => {
    const own = await createProject(attacker);
    const ownTask = await createTask(attacker, own);
    const move = (to: string) =>
      bytesOf(attacker, `mutation { moveTask(input: { taskId: "${ownTask}", projectId: "${to}" }) { __typename } }`);
    const response = await move(projectId);
    expect(response).toContain('"NotFoundError"');
    expect(await move(UNKNOWN_ID)).toBe(response);
    expect(await kit.db.task.findUnique({ where: { id: ownTask } })).toMatchObject({ projectId: own });
  });

  it('is neither listed nor counted, and its cursor is only a position in the own list', async () => {
    const { projects: theirs } = await owner.client.send(ProjectPageDocument, { first: 1 });
    const after = theirs?.pageInfo.endCursor ?? null;
    expect(theirs?.nodes).toMatchObject([{ id: projectId }]);
    const { projects } = await attacker.client.send(ProjectPageDocument, { first: 10, after });
    expect(projects).toMatchObject({
      nodes: [{ title: 'First project' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
      totalCount: 1,
    });
  });

  it('reveals no user by an assignment: a stranger is refused as an id that nobody has', async () => {
    const own = await createProject(attacker);
    const assign = (id: string) =>
      bytesOf(
        attacker,
        `mutation { createTask(input: { projectId: "${own}", title: "A", assigneeId: "${id}" }) { __typename } }`,
      );
    const response = await assign(owner.id);
    expect(response).toContain('"AssigneeNotMemberError"');
    expect(await assign(UNKNOWN_ID)).toBe(response);
    expect(await assign('nobody')).toBe(response);
  });
});

describe('a viewer', () => {
  it('can change nothing', async () => {
    await setMember(owner, projectId, attacker, 'VIEWER');
    const before = await stateOf();
    for (const document of [
      `mutation { updateTask(input: { taskId: "${taskId}", title: "Mine" }) { __typename } }`,
      `mutation { renameProject(input: { projectId: "${projectId}", title: "Mine" }) { __typename } }`,
      `mutation { setMember(input: { projectId: "${projectId}", userId: "${owner.id}", role: VIEWER }) { __typename } }`,
      `mutation { removeMember(input: { projectId: "${projectId}", userId: "${owner.id}" }) { __typename } }`,
    ])
      expect(await bytesOf(attacker, document)).toContain('"NotFoundError"');
    expect(await stateOf()).toEqual(before);
  });

  it('cannot promote itself', async () => {
    await setMember(owner, projectId, attacker, 'VIEWER');
    const document = `mutation { setMember(input: { projectId: "${projectId}", userId: "${attacker.id}", role: EDITOR }) { __typename } }`;
    expect(await bytesOf(attacker, document)).toMatch(/"(?:InvalidInputError|NotFoundError)"/);
    expect(await stateOf()).toMatchObject({ members: [{ userId: attacker.id, role: 'VIEWER' }] });
  });
});

describe('a user without the role MANAGER', () => {
  it.each([undefined, 'ADMIN'] as const)('and with the role %s cannot list all projects', async (role) => {
    const { client } = await kit.user({ ...(role && { role }) });
    await expect(client.send(AllProjectsDocument)).rejects.toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('cannot list them next to its own, either', async () => {
    const response = await bytesOf(attacker, '{ projects { totalCount } allProjects { totalCount nodes { title } } }');
    expect(response).toContain('"FORBIDDEN"');
    expect(response).not.toContain('Secret');
  });
});

describe('an editor', () => {
  /** Changes the project, and lets `attack` begin before the change is committed. */
  const whileChanging = async <T>(
    change: (tx: Parameters<Parameters<Kit['db']['$transaction']>[0]>[0]) => Promise<unknown>,
    attack: () => Promise<T>,
  ): Promise<T> => {
    let result: Promise<T> | undefined;
    await kit.db.$transaction(async (tx) => {
      await tx.project.update({ where: { id: projectId }, data: { revision: { increment: 1 } } });
      await change(tx);
      result ??= attack();
      await untilStatementWaits();
    });
    if (!result) throw new Error('The transaction did not run.');
    return result;
  };

  beforeEach(() => setMember(owner, projectId, attacker));

  const rename = async () =>
    (await attacker.client.send(UpdateTaskDocument, { input: { taskId, title: 'Mine' } })).updateTask;

  it('whose mutation waits while it is removed changes nothing', async () => {
    const removal = (tx: { member: Kit['db']['member'] }) => tx.member.deleteMany({ where: { projectId } });
    expect(await whileChanging(removal, rename)).toEqual({ __typename: 'NotFoundError' });
    expect(await stateOf()).toMatchObject({ tasks: [{ title: 'Secret task' }] });
  });

  it('whose mutation waits while it is demoted changes nothing', async () => {
    const demotion = (tx: { member: Kit['db']['member'] }) =>
      tx.member.updateMany({ where: { projectId }, data: { role: 'VIEWER' } });
    expect(await whileChanging(demotion, rename)).toEqual({ __typename: 'NotFoundError' });
    expect(await stateOf()).toMatchObject({ tasks: [{ title: 'Secret task' }] });
  });

  it('sees nothing from the moment in which it has left', async () => {
    await attacker.client.send(RemoveMemberDocument, { input: { projectId, userId: attacker.id } });
    expect(await attacker.client.send(ProjectByIdDocument, { id: projectId })).toEqual({ project: null });
    expect(await rename()).toEqual({ __typename: 'NotFoundError' });
  });
});

describe('an anonymous caller', () => {
  it.each([
    '{ projects { totalCount } }',
    '{ allProjects { totalCount } }',
    `{ project(id: "${UNKNOWN_ID}") { title } }`,
    'mutation { createProject(input: { title: "Mine" }) { __typename } }',
    `mutation { setMember(input: { projectId: "${UNKNOWN_ID}", userId: "${UNKNOWN_ID}", role: EDITOR }) { __typename } }`,
    `mutation { updateTask(input: { taskId: "${UNKNOWN_ID}" }) { __typename } }`,
    'mutation { setTimeZone(input: { timeZone: "UTC" }) { __typename } }',
  ])('is refused: %s', async (query) => {
    const body = JSON.stringify({ query });
    const headers = { 'content-type': 'application/json' };
    const response = await kit.anonymous.request('/graphql', { method: 'POST', headers, body });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('is refused by the route of a list of tasks', async () => {
    expect((await kit.anonymous.request(`/app/projects/${projectId}/tasks.csv`)).status).toBe(401);
  });
});

describe('an input', () => {
  it.each([
    `createProject(input: { title: "Mine", ownerId: "${UNKNOWN_ID}" })`,
    `createProject(input: { title: "Mine", createdAt: "2020-01-01T00:00:00Z" })`,
    `updateTask(input: { taskId: "${UNKNOWN_ID}", projectId: "${UNKNOWN_ID}" })`,
    'setTimeZone(input: { timeZone: "UTC", plan: PRO })',
  ])('has no other fields than it states: %s', async (field) => {
    expect(await bytesOf(attacker, `mutation { ${field} { __typename } }`)).toMatch(/^400 .*GRAPHQL_VALIDATION_FAILED/);
  });
});

describe('a list of tasks', () => {
  it('of another user is that of an unknown id', async () => {
    await kit.db.user.update({ where: { id: attacker.id }, data: { plan: 'PRO' } });
    const list = async (id: string) => {
      const response = await attacker.client.request(`/app/projects/${id}/tasks.csv`);
      return `${response.status} ${await response.text()}`;
    };
    expect(await list(projectId)).toBe('404 ');
    expect(await list(UNKNOWN_ID)).toBe('404 ');
    expect(await list("'%20OR%20true")).toBe('404 ');
  });
});

@Resolver()
class SpyResolver {
  @Query(() => String, { description: 'Looks for what a resolver must not reach.' })
  @Public('For the test.')
  async spy(@Ctx() context: Context): Promise<string> {
    const db = context.db as unknown as Record<string, { findMany(args: object): Promise<unknown> } | undefined>;
    const attempts = [
      () => db['user']?.findMany({ include: { passwordCredential: true } }),
      () => db['user']?.findMany({ where: { sessions: { some: {} } } }),
      () => db['project']?.findMany({ include: { owner: { include: { roles: true } } } }),
    ];
    const outcomes = await Promise.allSettled(attempts.map(async (attempt) => attempt()));
    const reached = ['authSession', 'authPasswordCredential', 'authSigningKey', '$queryRaw', '$executeRaw', '$parent'];
    return [
      Object.keys(context).sort().join(),
      ...outcomes.map(({ status }) => status),
      ...reached.filter((name) => db[name] !== undefined),
    ].join(' ');
  }
}

describe('a resolver of the application', () => {
  it('reaches no flow, no session and no password hash', async () => {
    const spied = await startKit({ resolvers: [...resolvers, SpyResolver] });
    const response = await spied.anonymous.request('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ spy }' }),
    });
    expect(await response.json()).toEqual({
      data: {
        spy: 'caller,config,db,language,load,mail,requestId,signal,users rejected rejected rejected',
      },
    });
    await spied.close();
  });
});

describe('a hook that fails', () => {
  it('creates neither the user nor anything that it has written', async () => {
    const failing = await startKit({
      hooks: {
        ...hooks,
        async usersCreated(tx, users) {
          await hooks.usersCreated?.(tx, users);
          throw new Error('The hook has failed.');
        },
      },
    });
    const counts = async () => [await failing.db.user.count(), await failing.db.project.count()];
    const before = await counts();
    await expect(failing.user()).rejects.toThrow();
    expect(await counts()).toEqual(before);
    await failing.close();
  });
});
