import type { ApplicationTx } from '../../../src/auth/application/application-tx.js';
import type { Hooks } from '../../../src/auth/application/hooks.js';
import { JOB_ATTEMPTS_MAX } from '../../../src/values/policy.js';
import { startCore, type TestCore } from '../../support/core.js';

type UserErased = NonNullable<Hooks['userErased']>;

let core: TestCore;
let hook: UserErased = () => undefined;
let erased: string[] = [];

const jobs = { 'delete-files': { run: () => Promise.resolve() } };

const deleteFiles = (tx: ApplicationTx, userId: string) => tx.enqueue('delete-files' as never, { userId } as never);

beforeAll(async () => {
  const userErased: UserErased = (tx, userId) => {
    erased.push(userId);
    return hook(tx, userId);
  };
  core = await startCore({}, undefined, false, { hooks: { userErased }, jobs });
});

afterAll(async () => {
  await core.close();
});

beforeEach(async () => {
  await core.database.query('DELETE FROM auth_queue_entry');
  hook = () => undefined;
  erased = [];
});

let users = 0;
const eraseUser = async (): Promise<string> => {
  users += 1;
  const { id } = await core.createUser(`user-${users}@example.com`);
  await core.auth.accountDeletion.eraseNow(id, { kind: 'system' });
  return id;
};

interface Entry {
  readonly topic: string;
  readonly attempts: number;
  readonly isDead: boolean;
  readonly seconds: number;
}

const entries = (topic = 'user-erased'): Promise<Entry[]> =>
  core.database.query(
    `SELECT topic, attempts, dead_at IS NOT NULL AS "isDead", round(extract(epoch FROM deliver_after - now()))::int AS seconds
     FROM auth_queue_entry WHERE topic = $1`,
    [topic],
  ) as Promise<Entry[]>;

const makeDue = () => core.database.query('UPDATE auth_queue_entry SET deliver_after = now()');

describe('userErased', () => {
  it('does not delay the erasure: it is queued with it, and runs afterwards, once', async () => {
    hook = deleteFiles;
    const id = await eraseUser();
    expect(await core.auth.users.find(id)).toBeUndefined();
    expect(erased).toEqual([]);
    expect(await core.auth.processErasedUsers()).toBe(1);
    expect(await core.auth.processErasedUsers()).toBe(0);
    expect(erased).toEqual([id]);
    expect(await entries()).toEqual([]);
    expect(await entries('app:delete-files')).toHaveLength(1);
  });

  it('is queued for an account whose grace period has ended', async () => {
    const { id } = await core.createUser('due@example.com');
    await core.database.query(`UPDATE "user" SET erase_after = now() - interval '1 second' WHERE id = $1`, [id]);
    expect(await core.auth.accountDeletion.erase()).toBe(1);
    await core.auth.processErasedUsers();
    expect(erased).toEqual([id]);
  });

  it('runs once although several instances look for work at the same time', async () => {
    await eraseUser();
    await eraseUser();
    await Promise.all([1, 2, 3].map(() => core.auth.processErasedUsers()));
    expect(erased).toHaveLength(2);
  });

  it.each<[string, UserErased]>([
    [
      'throws',
      async (tx, userId) => {
        await deleteFiles(tx, userId);
        throw new Error('a bug');
      },
    ],
    [
      'never returns',
      async (tx, userId) => {
        await deleteFiles(tx, userId);
        return new Promise<never>(() => undefined);
      },
    ],
  ])(
    'runs again with increasing delays when it %s, and nothing of the failed run is left',
    async (_, failing) => {
      hook = failing;
      const id = await eraseUser();
      for (const seconds of [5, 10, 20]) {
        expect(await core.auth.processErasedUsers()).toBe(0);
        expect(await entries()).toEqual([expect.objectContaining({ isDead: false, seconds })]);
        expect(await entries('app:delete-files')).toEqual([]);
        await makeDue();
      }
      hook = deleteFiles;
      expect(await core.auth.processErasedUsers()).toBe(1);
      expect(erased).toEqual(Array(4).fill(id));
    },
    20_000,
  );

  it('is a dead letter after the last attempt, with an error in the log that names it, until an operator retries it', async () => {
    hook = () => {
      throw new Error('a bug');
    };
    const id = await eraseUser();
    await core.database.query('UPDATE auth_queue_entry SET attempts = $1', [JOB_ATTEMPTS_MAX - 1]);
    const lines = core.log.length;
    await core.auth.processErasedUsers();
    expect(await entries()).toEqual([expect.objectContaining({ attempts: JOB_ATTEMPTS_MAX, isDead: true })]);
    expect(await core.store.queueEntries.count()).toMatchObject({ dead: 1 });
    const logged = core.log.slice(lines).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).toEqual([expect.objectContaining({ level: 50, hook: 'userErased', attempts: JOB_ATTEMPTS_MAX })]);
    expect(JSON.stringify(logged)).not.toContain(id);
    hook = () => undefined;
    await core.auth.queuedMail.retry(null, { kind: 'operator', name: 'root' });
    expect(await core.auth.processErasedUsers()).toBe(1);
  });

  it('leaves nothing in the queue when there is no such hook', async () => {
    const without = await startCore({}, undefined, false);
    const { id } = await without.createUser('ada@example.com');
    await without.auth.accountDeletion.eraseNow(id, { kind: 'system' });
    expect(await without.database.query(`SELECT FROM auth_queue_entry WHERE topic = 'user-erased'`)).toEqual([]);
    await without.close();
  });
});
