import { authorizedRule, isUuid, RequestError, requireUser, type Context, type Route } from '../../extend.js';
import { visibleTo } from './project-access.js';

/** The longest list, so that a response has a limit. */
const MAX_TASKS = 10_000;

/** A spreadsheet executes a cell that begins with one of these characters as a formula. */
const cell = (text: string): string => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

/** The list of the tasks of a project, for spreadsheets: a feature of the plan PRO. */
export const taskListRoute: Route = {
  method: 'GET',
  url: '/app/projects/:id/tasks.csv',
  rule: authorizedRule(),
  async handler({ params: { id = '' } }, context: Context) {
    const { userId } = requireUser(context);
    const { db } = context;
    if ((await db.user.count({ where: { id: userId, plan: 'PRO' } })) === 0) throw new RequestError('PLAN_REQUIRED');
    const project = isUuid(id) ? await db.project.findFirst({ where: { id, ...visibleTo(userId) } }) : null;
    if (!project) return { status: 404 };
    const tasks = await db.task.findMany({
      where: { projectId: project.id },
      orderBy: { id: 'asc' },
      take: MAX_TASKS,
    });
    const rows = tasks.map(({ title, dueAt, doneAt }) =>
      [cell(title), dueAt?.toISOString() ?? '', doneAt?.toISOString() ?? ''].join(','),
    );
    return {
      status: 200,
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      body: ['title,due,done', ...rows, ''].join('\r\n'),
    };
  },
};
