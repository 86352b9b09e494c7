import { startKit, type Kit, type KitUser } from '../kit.js';
import {
  AccountDocument,
  DeleteMyAccountDocument,
  ExportMyDataDocument,
  LoginDocument,
  ProjectByIdDocument,
  SetTimeZoneDocument,
  UpdateProfileDocument,
} from './generated/operations.js';
import { createProject, createTask, setMember } from './rows.js';

let kit: Kit;
let user: KitUser;

beforeAll(async () => {
  kit = await startKit();
});

beforeEach(async () => {
  user = await kit.user();
});

afterAll(() => kit.close());

const setTimeZone = async (timeZone: string | null) =>
  (await user.client.send(SetTimeZoneDocument, { input: { timeZone } })).setTimeZone;

describe('a new user', () => {
  it('owns a first project, is on the plan FREE, and has the time zone UTC', async () => {
    expect(await user.client.send(AccountDocument)).toEqual({
      me: { timeZone: null, plan: 'FREE', projects: { nodes: [{ title: 'First project' }], totalCount: 1 } },
    });
  });
});

describe('the time zone of a user', () => {
  it('is set, and reset to UTC', async () => {
    expect(await setTimeZone('Europe/Berlin')).toMatchObject({ timeZone: 'Europe/Berlin' });
    expect(await user.client.send(AccountDocument)).toMatchObject({ me: { timeZone: 'Europe/Berlin' } });
    expect(await setTimeZone(null)).toMatchObject({ timeZone: null });
  });

  it('must be one that exists', async () => {
    expect(await setTimeZone('Mars/Olympus')).toEqual({ __typename: 'InvalidInputError' });
  });
});

describe('the profile of a user', () => {
  it.each([
    ['Ada King Lovelace', 'AL'],
    ['ada', 'A'],
    [null, null],
  ])('of the name %s has the initials %s', async (name, initials) => {
    const projectId = await createProject(user);
    const { id, client } = await kit.user();
    await client.send(UpdateProfileDocument, { input: { name } });
    await setMember(user, projectId, { id });
    await createTask(user, projectId, { assigneeId: id });
    expect(await user.client.send(ProjectByIdDocument, { id: projectId })).toMatchObject({
      project: { tasks: { nodes: [{ assignee: { id, initials } }] } },
    });
  });
});

describe('the access token of a user', () => {
  it('has the plan, as the claim app, from the next login on', async () => {
    const { email, password, client } = user;
    const claims = async () => {
      const { login } = await client.send(LoginDocument, { input: { email, password } });
      const token = login.__typename === 'LoginSuccess' ? login.accessToken : '';
      return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown;
    };
    expect(await claims()).toMatchObject({ app: { plan: 'FREE' } });
    await kit.db.user.update({ where: { id: user.id }, data: { plan: 'PRO' } });
    expect(await claims()).toMatchObject({ app: { plan: 'PRO' } });
  });
});

describe('the export of the data of a user', () => {
  it('has its projects and the tasks that are assigned to it, and nothing of others', async () => {
    const other = await kit.user();
    const projectId = await createProject(other, 'Secret');
    await setMember(other, projectId, user);
    await createTask(other, projectId, { title: 'Ours', assigneeId: user.id });
    await createTask(other, projectId, { title: 'Theirs', assigneeId: other.id });
    const { password } = user;
    const { exportMyData } = await user.client.send(ExportMyDataDocument, { input: { password } });
    const text = JSON.stringify(exportMyData);
    expect(text).toContain('First project');
    expect(text).toContain('Ours');
    expect(text).not.toMatch(/Secret|Theirs/);
  });
});

describe('a user who is erased', () => {
  it('takes along its projects, leaves the projects of others, and is assigned to no task', async () => {
    const other = await kit.user();
    const own = await createProject(user);
    await setMember(user, own, other);
    const joined = await createProject(other);
    await setMember(other, joined, user);
    const taskId = await createTask(other, joined, { assigneeId: user.id });
    const { password } = user;
    await user.client.send(DeleteMyAccountDocument, { input: { password } });
    await kit.shiftTime({ days: 15 });
    await kit.idle();
    expect(await kit.db.project.findMany({ where: { id: { in: [own, joined] } } })).toMatchObject([{ id: joined }]);
    expect(await kit.db.task.findUnique({ where: { id: taskId } })).toMatchObject({ assigneeId: null });
    expect(await kit.db.member.count({ where: { userId: user.id } })).toBe(0);
  });
});
