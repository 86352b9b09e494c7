import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { mailUrl } from '../../src/config/mail-url.js';
import { inBatches, startJob, type RunningJob } from '../../src/server/jobs.js';
import { createMailQueue } from '../../src/mail/mail-queue.js';
import { backoffSeconds, createMailSender, LANES, MAX_ATTEMPTS, type Undelivered } from '../../src/mail/mail-sender.js';
import type { EmailMessage } from '../../src/mail/email-message.js';
import { createEmailComposer } from '../../src/mail/compose.js';
import { deadLetterExpiry } from '../../src/mail/queued-mail.js';
import { createMailTransport } from '../../src/mail/transport.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import { uuidv7 } from '../../src/values/uuid.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/program.js';
import { refusal, startMailServer, type MailServer } from '../support/smtp.js';

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
const messages = createEmailComposer({ publicUrl: 'https://app.example.com', mailFrom: 'id@example.com' });
const courier = createMailQueue(secretBox, () => undefined);

const startServer: typeof startMailServer = async (behaviour) => {
  const server = await startMailServer(behaviour);
  servers.push(server);
  return server;
};

/** One of several servers over the same outbox, as `identity.ts` puts it together; it looks into it ten times a second. */
interface Instance {
  readonly undelivered: Undelivered[];
  readonly links: string[];
  /** How many mails its runs have counted. */
  arrived(): number;
  nudge(): void;
  close(): Promise<void>;
}

const startInstance = (url: string, options: { sendSeconds?: number; intervalSeconds?: number } = {}): Instance => {
  const { sendSeconds, intervalSeconds = 0.1 } = options;
  const transport = createMailTransport({
    mailUrl: mailUrl.parse(url),
    mailFrom: 'id@example.com',
    domain: 'id.example.com',
    dataDir: folder,
    connections: LANES,
  });
  const undelivered: Undelivered[] = [];
  const links: string[] = [];
  let arrived = 0;
  const delivery = createMailSender({
    ...{ store, secretBox, transport, messages },
    onFree: () => {
      job.nudge();
    },
    onFailure: (failed) => undelivered.push(failed),
    onError: (error) => {
      throw error;
    },
    onLink: (link) => links.push(link),
    ...(sendSeconds === undefined ? {} : { sendSeconds }),
  });
  const job: RunningJob = startJob({ name: 'outbox', intervalSeconds, run: delivery.run }, (run) => {
    arrived += run.done ?? 0;
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await job.close();
    await delivery.close();
    transport.close();
  };
  const instance = {
    undelivered,
    links,
    arrived: () => arrived,
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
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-delivery-'));
});
afterAll(() => rm(folder, { recursive: true }));

const post = async (...addresses: readonly string[]): Promise<string[]> => {
  const ids = addresses.map(() => uuidv7(new Date()));
  await store.transaction(async (tx) => {
    for (const [index, to] of addresses.entries()) {
      const letter: EmailMessage = { to, locale: null, message: { template: 'verify-email', token: 'id.secret' } };
      await courier.enqueue(tx, ids[index] ?? '', letter);
    }
  });
  return ids;
};

const crowd = (size: number) => Array.from({ length: size }, (_, index) => `somebody-${index}@example.com`);

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

/** What waits after a failure is due now. */
const timePasses = () => database.query('UPDATE auth_queue_entry SET deliver_after = now() WHERE last_failure IS NOT NULL');

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await delay(10);
};

const untilEmpty = () => until(async () => (await rows()).length === 0);

const messageIds = ({ accepted }: MailServer) => accepted.map(({ email }) => email.messageId);
const namesOf = (ids: readonly string[]) => ids.map((id) => `<${id}@id.example.com>`).sort();

describe('a delivery', () => {
  it('delivers what is there, each under the id of its row, takes it out, and counts it', async () => {
    const server = await startServer();
    const ids = await post(...crowd(12));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(() => instance.arrived() === 12);
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
    expect(await rows()).toEqual([]);
    expect(instance.links).toHaveLength(12);
    expect(instance.links[0]).toBe('https://app.example.com/verify-email?token=id.secret');
  });

  it('shares the outbox with other instances: each mail is sent by one of them', async () => {
    const server = await startServer();
    const ids = await post(...crowd(60));
    const url = `smtp://127.0.0.1:${server.port}`;
    const several = [startInstance(url), startInstance(url), startInstance(url)];
    await untilEmpty();
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
    await until(() => several.reduce((sum, instance) => sum + instance.arrived(), 0) === 60);
  });

  it('writes into files when there is no mail server', async () => {
    const [id] = await post('ada@example.com');
    startInstance('file:');
    await untilEmpty();
    expect(await readdir(join(folder, 'mail'))).toEqual([`${id ?? ''}.eml`]);
  });

  it('leaves nothing to pile up when mail is off', async () => {
    await post(...crowd(20));
    startInstance('off');
    await untilEmpty();
  });
});

describe('a mail server that is away', () => {
  it('costs one mail at a time an attempt, and all arrive once when it is back', async () => {
    const port = Number(await freePort());
    const ids = await post(...crowd(50));
    const instance = startInstance(`smtp://127.0.0.1:${port}`);
    await until(() => instance.undelivered.length >= LANES + 3);
    const before = await rows();
    expect(before).toHaveLength(50);
    expect(Math.max(...before.map(({ attempts }) => attempts))).toBe(1);
    expect(before.filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(30);
    expect(instance.undelivered.every(({ failure, dead }) => failure === 'ECONNREFUSED' && !dead)).toBe(true);

    const server = await startServer({ port });
    await until(() => server.accepted.length >= 30);
    await timePasses();
    await untilEmpty();
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
  });

  it('has the next attempt wait longer each time, and the last is a day after the first', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => backoffSeconds(index + 1));
    expect(waits.slice(0, 11)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
    expect(waits.reduce((sum, seconds) => sum + seconds, 0) / 3600).toBeCloseTo(24, 0);
  });

  it('gets a dead letter out of the last attempt', async () => {
    const [id = ''] = await post('ada@example.com');
    await database.query('UPDATE auth_queue_entry SET attempts = $1', [MAX_ATTEMPTS - 2]);
    const instance = startInstance(`smtp://127.0.0.1:${await freePort()}`);
    await until(async () => (await rows())[0]?.failure === 'ECONNREFUSED');
    expect(await rows()).toMatchObject([{ id, attempts: MAX_ATTEMPTS - 1, dead: false, due: false }]);
    await timePasses();
    await until(async () => (await rows())[0]?.dead === true);
    expect(await rows()).toMatchObject([{ id, attempts: MAX_ATTEMPTS, failure: 'ECONNREFUSED' }]);
    expect(instance.undelivered.map(({ dead }) => dead)).toEqual([false, true]);
  });
});

describe('a mail server that hangs', () => {
  it('holds up the mail over which it hangs, and no other', async () => {
    let answer: (() => void) | undefined;
    const hang = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    const onRecipient = (address: string) => (address === 'slow@example.com' ? hang() : undefined);
    const server = await startServer({ onRecipient });
    await post('slow@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`, { intervalSeconds: 3600 });
    await until(() => answer !== undefined);
    await post(...crowd(20));
    instance.nudge();
    await until(async () => (await rows()).length === 1);
    expect(server.accepted).toHaveLength(20);
    answer?.();
    await untilEmpty();
    expect(server.accepted.at(-1)?.recipients).toEqual(['slow@example.com']);
    expect(instance.undelivered).toEqual([]);
  });

  it('is not waited for beyond the time that a mail may take', async () => {
    let hangs = true;
    const server = await startServer({ onRecipient: () => (hangs ? new Promise(() => undefined) : undefined) });
    const [id = ''] = await post('ada@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`, { sendSeconds: 0.5 });
    await until(async () => (await rows())[0]?.failure === 'ETIMEDOUT');
    expect(instance.undelivered).toEqual([{ id, attempts: 1, failure: 'ETIMEDOUT', dead: false }]);
    hangs = false;
    await timePasses();
    await untilEmpty();
    expect(messageIds(server)).toEqual(namesOf([id]));
  });

  it('has the mail to itself: no other instance sends it meanwhile', async () => {
    const answers: (() => void)[] = [];
    const server = await startServer({ onMail: () => new Promise((answer) => answers.push(answer)) });
    await post('ada@example.com');
    const url = `smtp://127.0.0.1:${server.port}`;
    const [first, second] = [startInstance(url), startInstance(url)];
    await until(() => answers.length === 1);
    await delay(500);
    expect(answers).toHaveLength(1);
    const [lease] = (await database.query(
      'SELECT extract(epoch FROM deliver_after - now())::float AS seconds FROM auth_queue_entry',
    )) as [{ seconds: number }];
    // Longer than the 30 seconds after which its sender gives up.
    expect(lease.seconds).toBeGreaterThan(50);
    answers[0]?.();
    await untilEmpty();
    await until(() => first.arrived() + second.arrived() === 1);
    expect(server.accepted).toHaveLength(1);
  });
});

describe('a mail server that fails half the time', () => {
  it('gets every mail once, by Message-ID, whether it refuses or hangs up', async () => {
    let asked = 0;
    const server = await startServer({
      onRecipient: () => {
        asked += 1;
        if (asked % 4 === 0) throw refusal(451, '4.3.0 later');
        // What smtp-server makes of 421 is that it closes the connection.
        if (asked % 4 === 2) throw refusal(421, '4.3.2 shutting down');
      },
    });
    const ids = await post(...crowd(60));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => {
      await timePasses();
      return (await rows()).length === 0;
    });
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
    expect(new Set(instance.undelivered.map(({ failure }) => failure))).toEqual(new Set(['451 4.3.0', '421 4.3.2']));
  });
});

describe('a mail that is refused for good', () => {
  const refuseAda = (address: string) => {
    if (address === 'ada@example.com') throw refusal(550, '5.1.1 <ada@example.com> has gone away');
  };

  it('is a dead letter at once, which names nobody, and holds nobody up', async () => {
    const server = await startServer({ onRecipient: refuseAda });
    const [dead = ''] = await post('ada@example.com', ...crowd(10));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => server.accepted.length === 10 && (await rows()).length === 1);
    await until(async () => (await rows())[0]?.dead === true);
    expect(await rows()).toEqual([{ id: dead, attempts: 1, failure: '550 5.1.1', dead: true, due: false }]);
    expect(instance.undelivered).toEqual([{ id: dead, attempts: 1, failure: '550 5.1.1', dead: true }]);
    await timePasses();
    instance.nudge();
    await delay(300);
    expect(instance.undelivered).toHaveLength(1);
  });

  it('arrives, under the same Message-ID, when an operator has it tried again', async () => {
    let isGone = true;
    const server = await startServer({
      onRecipient: (address) => {
        if (isGone) refuseAda(address);
      },
    });
    const ids = await post('ada@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => (await rows())[0]?.dead === true);
    isGone = false;
    expect(await store.queueEntries.retry(ids[0] ?? null)).toBe(1);
    instance.nudge();
    await untilEmpty();
    expect(messageIds(server)).toEqual(namesOf(ids));
  });

  it('is forgotten after thirty days', async () => {
    const [old = '', young = ''] = await post('ada@example.com', 'bob@example.com');
    await database.query(`UPDATE auth_queue_entry SET dead_at = now() - interval '29 days', last_failure = '550'`);
    await database.query(`UPDATE auth_queue_entry SET dead_at = now() - interval '31 days' WHERE id = $1`, [old]);
    expect(await inBatches(store, 'expiry', [deadLetterExpiry])()).toBe(1);
    expect((await rows()).map(({ id }) => id)).toEqual([young]);
  });
});

describe('a letter that does not open', () => {
  it('waits for an instance with the right key, and holds nobody up', async () => {
    const server = await startServer();
    const id = uuidv7(new Date());
    const other = createMailQueue(createSecretBox([{ id: 'other', key: randomBytes(32) }]), () => undefined);
    const letter: EmailMessage = { to: 'ada@example.com', locale: null, message: { template: 'account-deleted' } };
    await store.transaction((tx) => other.enqueue(tx, id, letter));
    await post(...crowd(3));
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(async () => server.accepted.length === 3 && (await rows()).length === 1);
    expect(instance.undelivered).toEqual([{ id, attempts: 1, failure: 'UNREADABLE', dead: false }]);
  });
});

describe('retry', () => {
  it('makes due what failed, dead or not, and leaves alone what is under way and what waits for the first time', async () => {
    const ids = await post('dead@example.com', 'failed@example.com', 'under-way@example.com', 'new@example.com');
    const [dead, failed, underWay] = ids;
    const later = `deliver_after = now() + interval '1 hour'`;
    await database.query(`UPDATE auth_queue_entry SET attempts = 56, last_failure = '550', dead_at = now() WHERE id = $1`, [
      dead,
    ]);
    await database.query(`UPDATE auth_queue_entry SET attempts = 3, last_failure = '450', ${later} WHERE id = $1`, [failed]);
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

describe('a server that is closed', () => {
  it('lets a mail that is under way arrive', async () => {
    let answer: (() => void) | undefined;
    const server = await startServer({
      onMail: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    await post('ada@example.com');
    const instance = startInstance(`smtp://127.0.0.1:${server.port}`);
    await until(() => answer !== undefined);
    const closed = instance.close();
    answer?.();
    await closed;
    expect(server.accepted).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });

  it('gives back, without waiting for it and without an attempt, what hangs; another instance sends it', async () => {
    let hangs = true;
    const server = await startServer({ onMail: () => (hangs ? new Promise(() => undefined) : undefined) });
    const ids = await post(...crowd(LANES + 2));
    const url = `smtp://127.0.0.1:${server.port}`;
    const first = startInstance(url);
    await until(async () => (await rows()).filter(({ attempts }) => attempts === 1).length === LANES);
    await first.close();
    expect((await rows()).every(({ attempts, due, failure }) => attempts === 0 && due && failure === null)).toBe(true);

    hangs = false;
    startInstance(url);
    await untilEmpty();
    expect(messageIds(server).sort()).toEqual(namesOf(ids));
  });

  it('that died in the middle of a mail leaves it to the others when its lease ends', async () => {
    const server = await startServer();
    const ids = await post('ada@example.com');
    // It claims the mail and is never heard of again.
    expect(await store.queueEntries.claim('mail', 1, 90)).toHaveLength(1);
    startInstance(`smtp://127.0.0.1:${server.port}`);
    await delay(300);
    expect(server.accepted).toEqual([]);
    await database.query('UPDATE auth_queue_entry SET deliver_after = now()');
    await untilEmpty();
    expect(messageIds(server)).toEqual(namesOf(ids));
  });
});
