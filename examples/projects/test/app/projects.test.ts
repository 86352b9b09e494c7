import { startKit, type Kit, type KitUser } from '../kit.js';
import {
  AllProjectsDocument,
  CreateProjectDocument,
  DeleteProjectDocument,
  ProjectByIdDocument,
  ProjectPageDocument,
  RenameProjectDocument,
} from './generated/operations.js';
import { createProject, createTask, setMember } from './rows.js';

let kit: Kit;
let owner: KitUser;
let other: KitUser;

beforeAll(async () => {
  kit = await startKit({ env: { PROJECTS_PER_USER: '4' } });
});

beforeEach(async () => {
  [owner, other] = [await kit.user(), await kit.user()];
});

afterAll(() => kit.close());

const create = async ({ client }: KitUser, title: string) =>
  (await client.send(CreateProjectDocument, { input: { title } })).createProject;

describe('a project', () => {
  it('is created, renamed and deleted by its owner', async () => {
    const projectId = await createProject(owner, ' Engine ');
    const { client } = owner;
    expect(await client.send(ProjectByIdDocument, { id: projectId })).toMatchObject({
      project: { title: 'Engine', openTaskCount: 0, owner: { id: owner.id }, members: [], tasks: { nodes: [] } },
    });
    expect(await client.send(RenameProjectDocument, { input: { projectId, title: 'Turbine' } })).toMatchObject({
      renameProject: { project: { title: 'Turbine' } },
    });
    expect(await client.send(DeleteProjectDocument, { input: { projectId } })).toEqual({
      deleteProject: { __typename: 'DeleteProjectSuccess' },
    });
    expect(await client.send(ProjectByIdDocument, { id: projectId })).toEqual({ project: null });
  });

  it.each([
    ['empty', ''],
    ['white space', ' \t'],
    ['longer than 200 characters', 'x'.repeat(201)],
    ['a text with control characters', 'a\u0000b'],
  ])('cannot have a title that is %s', async (_case, title) => {
    expect(await create(owner, title)).toEqual({ __typename: 'InvalidInputError', fields: ['title'] });
  });

  it('is listed for its owner and its members, newest first, in pages', async () => {
    const first = await createProject(other, 'First');
    await setMember(other, first, owner, 'VIEWER');
    await createTask(other, first);
    await createProject(owner, 'Second');
    const page = async (after: string | null) =>
      (await owner.client.send(ProjectPageDocument, { first: 2, after })).projects;
    const newest = await page(null);
    expect(newest).toMatchObject({
      nodes: [{ title: 'Second' }, { title: 'First', openTaskCount: 1, members: [{ role: 'VIEWER' }] }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
      totalCount: 3,
    });
    expect(await page(newest?.pageInfo.endCursor ?? null)).toMatchObject({
      nodes: [{ title: 'First project' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
  });

  it('of any user is listed for a manager', async () => {
    const projectId = await createProject(owner);
    const { client } = await kit.user({ role: 'MANAGER' });
    const { allProjects } = await client.send(AllProjectsDocument);
    expect(allProjects?.totalCount).toBe(await kit.db.project.count());
    expect(allProjects?.nodes).toContainEqual({ id: projectId, title: 'Engine' });
  });

  it('beyond the limit of the plan FREE is refused, until another is deleted', async () => {
    const projectId = await createProject(owner);
    await createProject(owner);
    await createProject(owner);
    expect(await create(owner, 'Fifth')).toEqual({ __typename: 'ProjectLimitError' });
    await owner.client.send(DeleteProjectDocument, { input: { projectId } });
    expect(await create(owner, 'Fifth')).toMatchObject({ __typename: 'CreateProjectSuccess' });
  });

  it('beyond the limit is refused although all requests arrive at once', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => create(owner, 'Engine')));
    expect(results.filter(({ __typename }) => __typename === 'CreateProjectSuccess')).toHaveLength(3);
    expect(await kit.db.project.count({ where: { ownerId: owner.id } })).toBe(4);
  });
});
