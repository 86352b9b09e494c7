import { startKit, type Kit } from '../kit.js';
import { createProject, createTask, UNKNOWN_ID } from './rows.js';

let kit: Kit;
let projectId: string;
let taskId: string;

beforeAll(async () => {
  kit = await startKit();
  const owner = await kit.user();
  projectId = await createProject(owner);
  taskId = await createTask(owner, projectId, { title: 'Old' });
});

afterAll(() => kit.close());

/** Changes a project and its task: one operation, which Prisma executes in several statements. */
const change = (title: string) => ({
  where: { id: projectId },
  data: { title, tasks: { update: [{ where: { id: taskId }, data: { title } }] } },
});

const countChanged = async (title: string) =>
  (await kit.db.project.count({ where: { title } })) + (await kit.db.task.count({ where: { title } }));

describe('a transaction that is rolled back', () => {
  it('executes no later statement of an operation that was still running', async () => {
    const title = 'Rolled back';
    let running: Promise<unknown> = Promise.resolve();
    const rejected = kit.db.$transaction(async (tx) => {
      running = tx.project.update(change(title)).then(
        () => 'written',
        () => 'refused',
      );
      await tx.project.findUniqueOrThrow({ where: { id: UNKNOWN_ID } });
    });
    await expect(rejected).rejects.toThrow();
    expect(await running).toBe('refused');
    expect(await countChanged(title)).toBe(0);
  });
});

describe('a transaction is not committed', () => {
  it('if its work ends before an operation of it', async () => {
    const title = 'Not awaited';
    const early = kit.db.$transaction((tx) => {
      tx.project.update(change(title)).catch(() => undefined);
      return Promise.resolve();
    });
    await expect(early).rejects.toThrow('an `await` is missing');
    expect(await countChanged(title)).toBe(0);
  });

  it('if a part of a nested write failed, although its work has caught the error', async () => {
    const title = 'Half';
    const project = { title, owner: { connect: { id: (await kit.user()).id } } };
    const tasks = { create: [{ title }], connect: [{ id: UNKNOWN_ID }] };
    const caught = kit.db.$transaction((tx) =>
      tx.project.create({ data: { ...project, tasks } }).then(
        () => undefined,
        () => undefined,
      ),
    );
    await expect(caught).rejects.toThrow();
    expect(await countChanged(title)).toBe(0);
  });
});
