import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startKit, type Kit, type KitUser } from '../kit.js';
import { AccountDocument, CreateProjectDocument, DeleteMyAccountDocument } from './generated/operations.js';
import { createProject, createTask } from './rows.js';

const SECRET = 'Zk3vYw0c8Qm5uT1rJ7xB2nL9sD4hG6fA';

let kit: Kit;
let user: KitUser;

beforeAll(async () => {
  kit = await startKit({ env: { PAYMENTS_WEBHOOK_SECRET: SECRET, PROJECTS_PER_USER: '1' } });
});

beforeEach(async () => {
  user = await kit.user();
});

afterAll(() => kit.close());

const signatureOf = (body: string): string => createHmac('sha256', SECRET).update(body).digest('hex');

const post = async (body: string, signature = signatureOf(body)): Promise<number> => {
  const headers = { 'content-type': 'application/json', 'x-payments-signature': signature };
  return (await kit.anonymous.request('/app/webhooks/payments', { method: 'POST', headers, body })).status;
};

const event = (plan: string, asOf = '2026-05-01T00:00:00Z', id: string = randomUUID()) =>
  JSON.stringify({ id, userId: user.id, plan, asOf });

const planOf = async () => {
  await kit.idle();
  return (await user.client.send(AccountDocument)).me?.plan;
};

describe('the webhook of the payment service', () => {
  it('changes the plan of a user, who gets a mail', async () => {
    expect(await post(event('PRO'))).toBe(204);
    expect(await planOf()).toBe('PRO');
    expect((await kit.mails.to(user.email)).map(({ subject }) => subject)).toEqual(['Your plan is PRO']);
  });

  it('does the work of a repeated message once', async () => {
    const body = event('PRO');
    expect(await Promise.all([post(body), post(body), post(body)])).toEqual([204, 204, 204]);
    expect(await planOf()).toBe('PRO');
    expect(await kit.mails.to(user.email)).toHaveLength(1);
  });

  it('ignores a message that is older than the last one', async () => {
    await post(event('PRO', '2026-05-02T00:00:00Z'));
    expect(await planOf()).toBe('PRO');
    await post(event('FREE', '2026-05-01T00:00:00Z'));
    expect(await planOf()).toBe('PRO');
    await post(event('FREE', '2026-05-03T00:00:00Z'));
    expect(await planOf()).toBe('FREE');
  });

  it.each([
    ['has the signature of another message', () => post(event('PRO'), signatureOf('{}'))],
    ['was altered', () => post(event('PRO').replace('PRO', 'FREE'), signatureOf(event('PRO')))],
    ['has an empty signature', () => post(event('PRO'), '')],
    ['has a shortened signature', () => post(event('PRO'), signatureOf(event('PRO')).slice(0, 32))],
    ['is not signed', async () => (await kit.anonymous.request('/app/webhooks/payments', { method: 'POST' })).status],
  ])('refuses a message that %s', async (_case, send) => {
    expect(await send()).toBe(403);
    expect(await planOf()).toBe('FREE');
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['an unknown plan', '{"id":"1","userId":"01900000-0000-7000-8000-000000000001","plan":"GOLD","asOf":"2026-05-01"}'],
    ['no user', '{"id":"1","userId":"1","plan":"PRO","asOf":"2026-05-01"}'],
  ])('refuses a signed message that is %s', async (_case, body) => {
    expect(await post(body)).toBe(400);
  });

  it('refuses a message that is too long, before it computes a signature', async () => {
    expect(await post(JSON.stringify({ padding: 'x'.repeat(64 * 1024) }))).toBe(413);
  });

  it('accepts a message about a user who was erased', async () => {
    const { id } = user;
    await post(JSON.stringify({ id: randomUUID(), userId: id.replace(/.$/, '0'), plan: 'PRO', asOf: '2026-05-01' }));
    await expect(kit.idle()).resolves.toBeUndefined();
  });
});

describe('a server without the secret', () => {
  it('refuses every message', async () => {
    const unconfigured = await startKit();
    const body = event('PRO');
    const headers = { 'x-payments-signature': createHmac('sha256', '').update(body).digest('hex') };
    const { status } = await unconfigured.anonymous.request('/app/webhooks/payments', {
      method: 'POST',
      headers,
      body,
    });
    expect(status).toBe(403);
    await unconfigured.close();
  });
});

describe('the plan PRO', () => {
  const list = (projectId: string) => user.client.request(`/app/projects/${projectId}/tasks.csv`);

  it('has no limit of projects, and lists of tasks whose cells are no formulas', async () => {
    await post(event('PRO'));
    await kit.idle();
    const projectId = await createProject(user);
    await createTask(user, projectId, { title: '=HYPERLINK("https://example.com")' });
    const response = await list(projectId);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await response.text()).toBe(`title,due,done\r\n"'=HYPERLINK(""https://example.com"")",,\r\n`);
  });

  it('is required for lists of tasks and more projects', async () => {
    const [project] = await kit.db.project.findMany({ where: { ownerId: user.id } });
    const response = await list(project?.id ?? '');
    expect(response.status).toBe(402);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'PLAN_REQUIRED' } }] });
    expect(await user.client.send(CreateProjectDocument, { input: { title: 'Engine' } })).toEqual({
      createProject: { __typename: 'ProjectLimitError' },
    });
  });
});

describe('the payment service', () => {
  it('is told that a user was erased, again after a failure', async () => {
    const requests: string[] = [];
    const service = createServer((request, response) => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(requests.length === 1 ? 503 : 204).end();
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;
    const paying = await startKit({ env: { PAYMENTS_URL: `http://127.0.0.1:${port}` } });
    const { id, password, client } = await paying.user();
    await client.send(DeleteMyAccountDocument, { input: { password } });
    await paying.shiftTime({ days: 15 });
    await expect(paying.idle()).rejects.toThrow('The payment service returned 503.');
    await paying.shiftTime({ hours: 1 });
    await paying.idle();
    expect(requests).toEqual([`DELETE /customers/${id}`, `DELETE /customers/${id}`]);
    await paying.close();
    service.close();
  });
});
