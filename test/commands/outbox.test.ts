import { userInfo } from 'node:os';

import type { QueuedEntry } from '../../src/auth/mail/queued-mail.js';
import { formatQueuedEntry, listQueuedEntries, retryQueuedEntries } from '../../src/commands/outbox.js';
import { loadConfig } from '../../src/config/config.js';
import { createMailQueue } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import { COMMAND_TIMEOUT_MS, openCommands, type Commands } from '../support/commands.js';

const ADA = 'ada@example.com';

let commands: Commands;

beforeAll(async () => {
  commands = await openCommands({ database: true });
});

afterAll(() => commands.close());

describe('outbox', () => {
  const ID = '01900000-0000-7000-8000-000000000001';

  beforeAll(async () => {
    const mailQueue = createMailQueue(
      createSecretBox(loadConfig(commands.environment).encryptionKeys),
      () => undefined,
    );
    const message = { template: 'verify-email', token: 'id.canary-of-the-link' } as const;
    await commands.inStore((store) =>
      store.transaction(async (tx) => {
        await mailQueue.enqueue(tx, ID, { to: ADA, locale: null, message });
        await tx.queueEntries.bury({ id: ID, attempts: 0 }, '550 5.1.1');
      }),
    );
  }, COMMAND_TIMEOUT_MS);

  it(
    'list shows dead letters, and retry makes one due again',
    async () => {
      const list = await commands.run(['outbox', 'list', '--json']);
      expect(list).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(list.stdout)).toMatchObject({ id: ID, template: 'verify-email', lastFailure: '550 5.1.1' });
      expect(list.stdout).not.toMatch(/ada@|canary/);
      expect(await commands.run(['outbox', 'retry', ID])).toEqual({
        code: 0,
        stdout: '1 entry will be retried.\n',
        stderr: '',
      });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'list reports an empty queue',
    async () => {
      await commands.inStore((store) => store.queueEntries.remove(ID));
      expect(await commands.run(['outbox', 'list'])).toEqual({
        code: 0,
        stdout: 'The mail queue is empty.\n',
        stderr: '',
      });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'retry reports a missing argument',
    async () => {
      const unclear = { code: 1, stdout: '', stderr: 'Specify either the id of an entry or --all.\n' };
      expect(await commands.run(['outbox', 'retry'])).toEqual(unclear);
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('outbox list', () => {
  const ID = '01900000-0000-7000-8000-000000000001';
  const AT = new Date('2026-05-04T13:37:00Z');
  const entry: QueuedEntry = {
    id: ID,
    topic: 'mail',
    template: 'reset-password',
    attempts: 0,
    lastFailure: null,
    createdAt: AT,
    deliverAfter: AT,
    deadAt: null,
  };

  it('reads every page, however many there are', async () => {
    const entries = Array.from({ length: 250 }, (_, number) => ({ ...entry, id: String(number) }));
    const list = (limit: number, after: string | null) => {
      const from = after === null ? 0 : Number(after) + 1;
      return Promise.resolve(entries.slice(from, from + limit));
    };
    const queuedMail = { list, retry: () => Promise.resolve(0) };
    const found: QueuedEntry[] = [];
    for await (const listed of listQueuedEntries({ queuedMail })) found.push(listed);
    expect(found).toEqual(entries);
  });

  it('has the kind, the times and the last failure of an entry', () => {
    const failed = { ...entry, attempts: 12, lastFailure: 'ECONNREFUSED' };
    const dead = { ...entry, lastFailure: '550 5.1.1', deliverAfter: null, deadAt: AT };
    expect(formatQueuedEntry(entry)).toMatch(new RegExp(`^${ID}  reset-password +\\S+Z   0  - +due \\S+Z$`));
    expect(formatQueuedEntry(failed)).toMatch(
      new RegExp(`^${ID}  reset-password +\\S+Z  12  ECONNREFUSED +due \\S+Z$`),
    );
    expect(formatQueuedEntry(dead)).toMatch(
      new RegExp(`^${ID}  reset-password +\\S+Z   0  550 5\\.1\\.1 +dead since \\S+Z$`),
    );
  });

  it('has the topic of an entry whose kind is unknown', () => {
    expect(formatQueuedEntry({ ...entry, topic: 'webhook', template: null })).toMatch(new RegExp(`^${ID}  webhook +`));
  });
});

describe('outbox retry', () => {
  const ID = '01900000-0000-7000-8000-000000000001';
  const retried: unknown[] = [];
  const finding = (count: number) => ({
    queuedMail: {
      list: () => Promise.resolve([]),
      retry: (...call: unknown[]) => {
        retried.push(call);
        return Promise.resolve(count);
      },
    },
  });

  beforeEach(() => {
    retried.length = 0;
  });

  it('retries one entry or every entry, under the name of the operating system’s user', async () => {
    const operator = { kind: 'operator', name: userInfo().username };
    expect(await retryQueuedEntries(finding(1), ID, false)).toBe('1 entry will be retried.');
    expect(await retryQueuedEntries(finding(2), undefined, true)).toBe('2 entries will be retried.');
    expect(await retryQueuedEntries(finding(0), undefined, true)).toBe('No entry has failed.');
    expect(retried).toEqual([
      [ID, operator],
      [null, operator],
      [null, operator],
    ]);
  });

  it('refuses ambiguous arguments, and an entry that has not failed', async () => {
    const none = finding(0);
    await expect(retryQueuedEntries(none, undefined, false)).rejects.toThrow(
      'Specify either the id of an entry or --all.',
    );
    await expect(retryQueuedEntries(none, ID, true)).rejects.toThrow('Specify either the id of an entry or --all.');
    await expect(retryQueuedEntries(none, 'x', false)).rejects.toThrow('This is not the id of an entry.');
    expect(retried).toEqual([]);
    await expect(retryQueuedEntries(none, ID, false)).rejects.toThrow('No entry with this id has failed.');
  });
});
