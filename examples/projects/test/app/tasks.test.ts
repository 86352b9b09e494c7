import { startKit, type Kit, type KitUser } from '../kit.js';
import {
  MoveTaskDocument,
  ProjectByIdDocument,
  RemoveMemberDocument,
  UpdateProfileDocument,
  UpdateTaskDocument,
} from './generated/operations.js';
import { createProject, createTask, setMember } from './rows.js';

let kit: Kit;
let owner: KitUser;
let editor: KitUser;
let projectId: string;

beforeAll(async () => {
  kit = await startKit();
});

beforeEach(async () => {
  [owner, editor] = [await kit.user(), await kit.user()];
  projectId = await createProject(owner);
  await setMember(owner, projectId, editor);
});

afterAll(() => kit.close());

const update = async ({ client }: KitUser, taskId: string, changes: object) =>
  (await client.send(UpdateTaskDocument, { input: { taskId, ...changes } })).updateTask;

/** Tomorrow, in a form that the API returns unchanged. */
const tomorrow = () => new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();

describe('a task', () => {
  it('is created, assigned and done by an editor', async () => {
    const dueAt = tomorrow();
    const taskId = await createTask(editor, projectId, { title: ' Draw it ', assigneeId: owner.id, dueAt });
    const doneAt = new Date().toISOString();
    expect(await update(editor, taskId, { doneAt, assigneeId: editor.id })).toMatchObject({
      task: { title: 'Draw it', dueAt, doneAt, assignee: { id: editor.id }, project: { id: projectId } },
    });
    expect(await owner.client.send(ProjectByIdDocument, { id: projectId })).toMatchObject({
      project: { openTaskCount: 0, tasks: { totalCount: 1, nodes: [{ id: taskId }] } },
    });
  });

  it('keeps what is absent in the input, and loses what is null', async () => {
    const dueAt = tomorrow();
    const taskId = await createTask(owner, projectId, { assigneeId: editor.id, dueAt });
    expect(await update(owner, taskId, { title: 'Test it' })).toMatchObject({
      task: { title: 'Test it', dueAt, assignee: { id: editor.id } },
    });
    expect(await update(owner, taskId, { dueAt: null, assigneeId: null })).toMatchObject({
      task: { title: 'Test it', dueAt: null, assignee: null },
    });
    expect(await update(owner, taskId, { title: null })).toEqual({ __typename: 'InvalidInputError' });
  });

  it('is moved to another project, and keeps an assignee only who is a member there', async () => {
    const target = await createProject(owner);
    const taskId = await createTask(owner, projectId, { assigneeId: editor.id });
    const move = async (to: string) =>
      (await owner.client.send(MoveTaskDocument, { input: { taskId, projectId: to } })).moveTask;
    expect(await move(target)).toMatchObject({ task: { project: { id: target }, assignee: null } });
    await setMember(owner, target, editor, 'VIEWER');
    await update(owner, taskId, { assigneeId: editor.id });
    expect(await move(projectId)).toMatchObject({ task: { project: { id: projectId }, assignee: { id: editor.id } } });
    expect(await move(projectId)).toMatchObject({ task: { project: { id: projectId } } });
  });

  it('is moved in both directions at once', async () => {
    const target = await createProject(owner);
    const there = await createTask(owner, projectId);
    const back = await createTask(owner, target);
    const move = (taskId: string, to: string) =>
      owner.client.send(MoveTaskDocument, { input: { taskId, projectId: to } });
    await Promise.all([move(there, target), move(back, projectId)]);
    expect(await kit.db.task.findMany({ where: { id: { in: [there, back] } }, orderBy: { id: 'asc' } })).toMatchObject([
      { projectId: target },
      { projectId },
    ]);
  });

  it('is assigned to nobody when its assignee leaves the project', async () => {
    const taskId = await createTask(owner, projectId, { assigneeId: editor.id });
    await editor.client.send(RemoveMemberDocument, { input: { projectId, userId: editor.id } });
    expect(await kit.db.task.findUnique({ where: { id: taskId } })).toMatchObject({ assigneeId: null });
  });

  it('reminds its assignee once when it is overdue, in the time zone of the assignee', async () => {
    await kit.db.user.update({ where: { id: editor.id }, data: { timeZone: 'Pacific/Kiritimati' } });
    const dueAt = '2026-01-01T12:00:00.000Z';
    await createTask(owner, projectId, { title: 'Ship it', assigneeId: editor.id, dueAt });
    await createTask(owner, projectId, { title: 'Plan it', assigneeId: editor.id, dueAt: tomorrow() });
    await kit.shiftTime({ hours: 2 });
    await kit.jobs.run();
    await kit.shiftTime({ hours: 2 });
    const mails = await kit.mails.to(editor.email);
    expect(mails.map(({ subject }) => subject)).toEqual(['Overdue: Ship it']);
    expect(mails[0]?.text).toContain('The task Ship it of the project Engine was due on January 2, 2026.');
  });

  it('reminds its assignee in German', async () => {
    const assignee = await kit.user();
    await assignee.client.send(UpdateProfileDocument, { input: { locale: 'de' } });
    await setMember(owner, projectId, assignee);
    await createTask(owner, projectId, {
      title: 'Ship it',
      assigneeId: assignee.id,
      dueAt: '2026-01-01T12:00:00.000Z',
    });
    await kit.shiftTime({ hours: 2 });
    expect(await kit.mails.to(assignee.email)).toMatchObject([
      { subject: 'Überfällig: Ship it', text: expect.stringContaining('am 1. Januar 2026 fällig') as string },
    ]);
  });
});
