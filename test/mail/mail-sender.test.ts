import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { mailUrl } from '../../src/config/mail-url.js';
import { createEmailComposer } from '../../src/mail/compose.js';
import type { EmailMessage } from '../../src/mail/email-message.js';
import { createMailQueue } from '../../src/mail/mail-queue.js';
import { createMailSender, mailBackoffSeconds, type UndeliveredMail } from '../../src/mail/mail-sender.js';
import { createMailTransport } from '../../src/mail/transport.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import { startJob, type RunningJob } from '../../src/server/jobs.js';
import type { Store } from '../../src/store/store.js';
import { uuidv7 } from '../../src/values/uuid.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/program.js';
import { refusal, startMailServer, type MailServer } from '../support/smtp.js';
import { MAIL_ATTEMPTS_MAX, MAIL_CONCURRENCY, MAIL_SEND_SECONDS } from '../../src/values/policy.js';

let database: TestDatabase;
let store: Store;
let servers: MailServer[] = [];
let instances: Instance[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(() => database.query('DELETE FROM auth_queue_entry'));

afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.close()));
  await Promise.all(servers.map((server) => server.close()));
  [instances, servers] = [[], []];
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const secretBox = createSecretBox([{ id: 'k', key: randomBytes(32) }]);
const composer = createEmailComposer({
  publicUrl: 'https://app.example.com',
  mailFrom: { name: '', address: 'id@example.com' },
});
const mailQueue = createMailQueue(secretBox, () => undefined);

const startServer: typeof startMailServer = async (behaviour) => {
  const server = await startMailServer(behaviour);
  servers.push(server);
  return server;
};

/** One of several servers with the same queue, wired as in `core.ts`; it runs the mail sender ten times a second. */
interface Instance {
  readonly undelivered: UndeliveredMail[];
  readonly links: string[];
  /** How many emails its runs have counted. */
  delivered(): number;
  nudge(): void;
  close(): Promise<void>;
}

const startInstance = (url: string, options: { sendSeconds?: number; intervalSeconds?: number } = {}): Instance => {
  const { sendSeconds, intervalSeconds = 0.1 } = options;
  const transport = createMailTransport({
    mailUrl: mailUrl.parse(url),
    mailFrom: { name: '', address: 'id@example.com' },
    domain: 'id.example.com',
    dataDir: folder,
    connections: MAIL_CONCURRENCY,
  });
  const undelivered: UndeliveredMail[] = [];
  const links: string[] = [];
  let delivered = 0;
  const sender = createMailSender({
    ...{ store, secretBox, transport, composer },
    onFree: () => {
      job.nudge();
    },
    onFailure: (failed) => undelivered.push(failed),
    onError: (error) => {
      throw error;
    },
    onSent: ({ link }) => {
      if (link !== undefined) links.push(link);
    },
    ...(sendSeconds === undefined ? {} : { sendSeconds }),
  });
  const job: RunningJob = startJob({ name: 'outbox', intervalSeconds, run: sender.run }, (run) => {
    delivered += run.done ?? 0;
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await job.close();
    await sender.close();
    transport.close();
  };
  const instance = {
    undelivered,
    links,
    delivered: () => delivered,
    nudge: () => {
      job.nudge();
    },
    close: () => (closing ??= close()),
  };
  instances.push(instance);
  instance.nudge();
  return instance;
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-mail-sender-'));
});
afterAll(() => rm(folder, { recursive: true }));

const enqueue = async (...addresses: readonly string[]): Promise<string[]> => {
  const ids = addresses.map(() => uuidv7(new Date()));
  await store.transaction(async (tx) => {
    for (const [index, to] of addresses.entries()) {
      const message: EmailMessage = { to, locale: null, message: { template: 'verify-email', token: 'id.secret' } };
      await mailQueue.enqueue(tx, ids[index] ?? '', message);
    }
  });
  return ids;
};

const recipients = (size: number) => Array.from({ length: size }, (_, index) => `somebody-${index}@example.com`);

interface Row {
  readonly id: string;
  readonly attempts: number;
  readonly failure: string | null;
  readonly dead: boolean;
  readonly due: boolean;
}

const rows = async (): Promise<Row[]> =>
  (await store.queueEntries.list(1000, null)).map(({ id, attempts, lastFailure, deadAt, deliverAfter }) => ({
    ...{ id, attempts, failure: lastFailure, dead: deadAt !== null, due: deliverAfter.getTime() <= Date.now() },
  }));

/** Makes everything due that waits after a failure. */
const endBackoff = () =>
  database.query('UPDATE auth_queue_entry SET deliver_after = now() WHERE last_failure IS NOT NULL');

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await delay(10);
};

const untilEmpty = () => until(async () => (await rows()).length === 0);

const messageIds = ({ accepted }: MailServer) => accepted.map(({ email }) => email.messageId);
const namesOf = (ids: readonly string[]) => ids.map((id) => `<${id}@id.example.com>`).sort();

describe('the mail sender', () => {
  it('delivers each email under the id of its row, removes the row, and counts it', async () => {
    const server = await startServer();
    const ids = await enqueue(...recipients(12));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(() => instance.delivered() === 12);
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
    expect(await rows()).toEqual([]);
    expect(instance.links).toHaveLength(12);
    expect(instance.links[0]).toBe('https://app.example.com/verify-email?token=id.secret');
  });

  it('shares the queue with other instances: each email is sent by one of them', async () => {
    const server = await startServer();
    const ids = await enqueue(...recipients(60));
    const url = `smtp://127.0.0.1:${server.port}`;
    const several = [startInstance(url), startInstance(url), startInstance(url)];
    await untilEmpty();
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
    await until(() => several.reduce((sum, instance) => sum + instance.delivered(), 0) === 60);
  });

  it('writes files when MAIL_URL is file:', async () => {
    const [id] = await enqueue('ada@example.com');
    startInstance('file:');
    await untilEmpty();
    expect(await readdir(join(folder, 'mail'))).toEqual([`${id ?? ''}.eml`]);
  });

  it('empties the queue when MAIL_URL is off', async () => {
    await enqueue(...recipients(20));
    startInstance('off');
    await untilEmpty();
  });
});

describe('an unreachable mail server', () => {
  it('costs one email at a time an attempt, and all are delivered once when it is reachable again', async () => {
    const port = Number(await freePort());
    const ids = await enqueue(...recipients(50));
    const instance = startInstance(`smtp://127.0.0.1:${port}`);
    await until(() => instance.undelivered.length >= MAIL_CONCURRENCY + 3);
    const before = await rows();
    expect(before).toHaveLength(50);
    expect(Math.max(...before.map(({ attempts }) => attempts))).toBe(1);
    expect(before.filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(30);
    expect(instance.undelivered.every(({ failure, dead }) => failure === 'ECONNREFUSED' && !dead)).toBe(true);

    const server = await startServer({ port });
    await until(() => server.accepted.length >= 30);
    await endBackoff();
    await untilEmpty();
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
  });

  it('makes each attempt wait longer, and the last is a day after the first', () => {
    const waits = Array.from({ length: MAIL_ATTEMPTS_MAX - 1 }, (_, index) => mailBackoffSeconds(index + 1));
    expect(waits.slice(0, 11)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
    expect(waits.reduce((sum, seconds) => sum + seconds, 0) / 3600).toBeCloseTo(24, 0);
  });

  it('makes an email a dead letter at the last attempt', async () => {
    const [id = ''] = await enqueue('ada@example.com');
    await database.query('UPDATE auth_queue_entry SET attempts = $1', [MAIL_ATTEMPTS_MAX - 2]);
    const instance = startInstance(`smtp://127.0.0.1:${await freePort()}`);
    await until(async () => (await rows())[0]?.failure === 'ECONNREFUSED');
    expect(await rows()).toMatchObject([{ id, attempts: MAIL_ATTEMPTS_MAX - 1, dead: false, due: false }]);
    await endBackoff();
    await until(async () => (await rows())[0]?.dead === true);
    expect(await rows()).toMatchObject([{ id, attempts: MAIL_ATTEMPTS_MAX, failure: 'ECONNREFUSED' }]);
    expect(instance.undelivered.map(({ dead }) => dead)).toEqual([false, true]);
  });
});

describe('a mail server that hangs', () => {
  it('holds up only the email that it hangs on', async () => {
    let answer: (() => void) | undefined;
    const hang = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    const onRecipient = (address: string) => (address === 'slow@example.com' ? hang() : undefined);
    const server = await startServer({ onRecipient });
    await enqueue('slow@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`, { intervalSeconds: 3600 });
    await until(() => answer !== undefined);
    await enqueue(...recipients(20));
    instance.nudge();
    await until(async () => (await rows()).length === 1);
    expect(server.accepted).toHaveLength(20);
    answer?.();
    await untilEmpty();
    expect(server.accepted.at(-1)?.recipients).toEqual(['slow@example.com']);
    expect(instance.undelivered).toEqual([]);
  });

  it('is given up after the time that an email may take', async () => {
    let hangs = true;
    const server = await startServer({ onRecipient: () => (hangs ? new Promise(() => undefined) : undefined) });
    const [id = ''] = await enqueue('ada@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`, { sendSeconds: 0.5 });
    await until(async () => (await rows())[0]?.failure === 'ETIMEDOUT');
    expect(instance.undelivered).toEqual([{ id, attempts: 1, failure: 'ETIMEDOUT', dead: false }]);
    hangs = false;
    await endBackoff();
    await untilEmpty();
    expect(messageIds(server)).toEqual(namesOf([id]));
  });

  it('keeps other instances from sending the same email', async () => {
    const answers: (() => void)[] = [];
    const server = await startServer({ onMail: () => new Promise((answer) => answers.push(answer)) });
    await enqueue('ada@example.com');
    const url = `smtp://127.0.0.1:${server.port}`;
    const [first, second] = [startInstance(url), startInstance(url)];
    await until(() => answers.length === 1);
    await delay(500);
    expect(answers).toHaveLength(1);
    const [lease] = (await database.query(
      'SELECT extract(epoch FROM deliver_after - now())::float AS seconds FROM auth_queue_entry',
    )) as [{ seconds: number }];
    expect(lease.seconds).toBeGreaterThan(MAIL_SEND_SECONDS);
    answers[0]?.();
    await untilEmpty();
    await until(() => first.delivered() + second.delivered() === 1);
    expect(server.accepted).toHaveLength(1);
  });
});

describe('a mail server that fails half the time', () => {
  it('receives every email once, by Message-ID, whether it refuses or closes the connection', async () => {
    let asked = 0;
    const server = await startServer({
      onRecipient: () => {
        asked += 1;
        if (asked % 4 === 0) throw refusal(451, '4.3.0 later');
        // smtp-server closes the connection after a 421.
        if (asked % 4 === 2) throw refusal(421, '4.3.2 shutting down');
      },
    });
    const ids = await enqueue(...recipients(60));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => {
      await endBackoff();
      return (await rows()).length === 0;
    });
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
    const failures = new Set(instance.undelivered.map(({ failure }) => failure));
    expect(failures).toContain('451 4.3.0');
    // The connection may close before the 421 is read.
    for (const failure of failures) expect(['451 4.3.0', '421 4.3.2', 'ECONNECTION']).toContain(failure);
  });
});

describe('an email that is refused permanently', () => {
  const refuseAda = (address: string) => {
    if (address === 'ada@example.com') throw refusal(550, '5.1.1 <ada@example.com> has gone away');
  };

  it('is a dead letter at once, with a failure that contains no address, and delays no other email', async () => {
    const server = await startServer({ onRecipient: refuseAda });
    const [dead = ''] = await enqueue('ada@example.com', ...recipients(10));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => server.accepted.length === 10 && (await rows()).length === 1);
    await until(async () => (await rows())[0]?.dead === true);
    expect(await rows()).toEqual([{ id: dead, attempts: 1, failure: '550 5.1.1', dead: true, due: false }]);
    expect(instance.undelivered).toEqual([{ id: dead, attempts: 1, failure: '550 5.1.1', dead: true }]);
    await endBackoff();
    instance.nudge();
    await delay(300);
    expect(instance.undelivered).toHaveLength(1);
  });

  it('is delivered under the same Message-ID when an operator retries it', async () => {
    let isGone = true;
    const server = await startServer({
      onRecipient: (address) => {
        if (isGone) refuseAda(address);
      },
    });
    const ids = await enqueue('ada@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => (await rows())[0]?.dead === true);
    isGone = false;
    expect(await store.queueEntries.retry(ids[0] ?? null)).toBe(1);
    instance.nudge();
    await untilEmpty();
    expect(messageIds(server)).toEqual(namesOf(ids));
  });
});

describe('an email that does not open', () => {
  it('waits for an instance with the right key, and holds up no other', async () => {
    const server = await startServer();
    const id = uuidv7(new Date());
    const other = createMailQueue(createSecretBox([{ id: 'other', key: randomBytes(32) }]), () => undefined);
    const message: EmailMessage = { to: 'ada@example.com', locale: null, message: { template: 'account-deleted' } };
    await store.transaction((tx) => other.enqueue(tx, id, message));
    await enqueue(...recipients(3));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => server.accepted.length === 3 && (await rows()).length === 1);
    expect(instance.undelivered).toEqual([{ id, attempts: 1, failure: 'UNREADABLE', dead: false }]);
  });
});

describe('retry', () => {
  it('makes failed entries due, dead or not, and leaves entries in progress and new ones unchanged', async () => {
    const ids = await enqueue('dead@example.com', 'failed@example.com', 'under-way@example.com', 'new@example.com');
    const [dead, failed, underWay] = ids;
    const later = `deliver_after = now() + interval '1 hour'`;
    await database.query(
      `UPDATE auth_queue_entry SET attempts = 56, last_failure = '550', dead_at = now() WHERE id = $1`,
      [dead],
    );
    await database.query(`UPDATE auth_queue_entry SET attempts = 3, last_failure = '450', ${later} WHERE id = $1`, [
      failed,
    ]);
    await database.query(`UPDATE auth_queue_entry SET attempts = 1, ${later} WHERE id = $1`, [underWay]);
    expect(await store.queueEntries.retry(null)).toBe(2);
    const after = new Map((await rows()).map((row) => [row.id, row]));
    const retried = { attempts: 0, failure: null, dead: false, due: true };
    expect(ids.map((id) => after.get(id))).toMatchObject([
      retried,
      retried,
      { attempts: 1, failure: null, dead: false, due: false },
      retried,
    ]);
  });
});

describe('a mail sender that is closed', () => {
  it('finishes an email that is being sent', async () => {
    let answer: (() => void) | undefined;
    const server = await startServer({
      onMail: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    await enqueue('ada@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(() => answer !== undefined);
    const closed = instance.close();
    answer?.();
    await closed;
    expect(server.accepted).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });

  it('gives back emails that hang, without counting an attempt, and another instance sends them', async () => {
    let hangs = true;
    const server = await startServer({ onMail: () => (hangs ? new Promise(() => undefined) : undefined) });
    const ids = await enqueue(...recipients(MAIL_CONCURRENCY + 2));
    const url = `smtp://127.0.0.1:${server.port}`;
    const first = startInstance(url);
    await until(async () => (await rows()).filter(({ attempts }) => attempts === 1).length === MAIL_CONCURRENCY);
    await first.close();
    expect((await rows()).every(({ attempts, due, failure }) => attempts === 0 && due && failure === null)).toBe(true);

    hangs = false;
    startInstance(url);
    await untilEmpty();
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
  });

  it('leaves an email to the others when it died while sending it and the lease ends', async () => {
    const server = await startServer();
    const ids = await enqueue('ada@example.com');
    // An instance claims the email and dies.
    expect(await store.queueEntries.claim('mail', 1, 90)).toHaveLength(1);
    startInstance(`smtp://127.0.0.1:${server.port}`);
    await delay(300);
    expect(server.accepted).toEqual([]);
    await database.query('UPDATE auth_queue_entry SET deliver_after = now()');
    await untilEmpty();
    expect(messageIds(server)).toEqual(namesOf(ids));
  });
});
