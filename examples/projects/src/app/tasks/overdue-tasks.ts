import type { ApplicationTx, JobContext } from '../../extend.js';

const BATCH_SIZE = 100;

/** Writes a date for people, in the language and the time zone of a user. */
const dateFor = (date: Date, { locale, timeZone }: { locale: string | null; timeZone: string | null }): string =>
  new Intl.DateTimeFormat(locale ?? 'en', { dateStyle: 'long', timeZone: timeZone ?? 'UTC' }).format(date);

/** Sends mails for some overdue tasks, each once, and returns their number. */
const remindBatch = async (tx: ApplicationTx): Promise<number> => {
  const now = new Date();
  const tasks = await tx.task.updateManyAndReturn({
    where: { dueAt: { lt: now }, doneAt: null, remindedAt: null, assigneeId: { not: null } },
    data: { remindedAt: now },
    limit: BATCH_SIZE,
    include: { project: true, assignee: true },
  });
  for (const { id, title, dueAt, project, assignee } of tasks) {
    if (!assignee || !dueAt) continue;
    const values = { task: title, project: project.title, due: dateFor(dueAt, assignee) };
    await tx.mail.send({ userId: assignee.id }, 'task-overdue', { ...values, link: `/tasks/${id}` });
  }
  return tasks.length;
};

/** Reminds the assignees of overdue tasks. Each transaction is short, and what it has sent is not sent again. */
export const remindAssignees = async (_payload: null, { db, signal }: JobContext): Promise<void> => {
  while ((await db.$transaction(remindBatch)) === BATCH_SIZE) signal.throwIfAborted();
};
