import type { ApplicationTx } from '../../../src/auth/application/application-tx.js';
import type { Hooks, HookUser } from '../../../src/auth/application/hooks.js';
import { createOnUsersCreated } from '../../../src/auth/application/users-created.js';
import { createJobQueue } from '../../../src/auth/job-queue.js';
import { createChange } from '../../../src/auth/unit-of-work.js';
import type { ImportLine } from '../../../src/auth/users/bulk-import.js';
import { createApplicationMails } from '../../../src/mail/application-mails.js';
import { createMailQueue } from '../../../src/mail/mail-queue.js';
import { createSecretBox } from '../../../src/security/secret-box.js';
import { createFirstAdministrator } from '../../../src/server/first-administrator.js';
import { uuidv7 } from '../../../src/values/uuid.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { tokenIn } from '../../support/mailbox.js';

type UsersCreated = NonNullable<Hooks['usersCreated']>;

/** Queues one job for all of the users, which is a write in the transaction and stays in the queue. */
const enqueueForAll: UsersCreated = (tx, users) =>
  tx.enqueue('welcome' as never, { ids: users.map(({ id }) => id) } as never, { afterSeconds: 3_600 });

let core: TestCore;
let hook: UsersCreated = enqueueForAll;
let batches: (readonly HookUser[])[] = [];

const usersCreated: UsersCreated = (tx, users) => {
  batches.push(users);
  return hook(tx, users);
};

const jobs = { welcome: { run: () => Promise.resolve() } };

beforeAll(async () => {
  core = await startCore({}, undefined, true, { hooks: { usersCreated }, jobs });
});

afterAll(async () => {
  await core.close();
});

beforeEach(async () => {
  await core.database.query('TRUNCATE "user", auth_security_event, auth_queue_entry CASCADE');
  batches = [];
  hook = enqueueForAll;
});

const bug = () => {
  throw new Error('a bug');
};
const never = () => new Promise<never>(() => undefined);

const countUsers = async (of = core): Promise<number> => (await of.database.query('SELECT FROM "user"')).length;

async function* linesOf(count: number): AsyncGenerator<ImportLine> {
  for (let number = 1; number <= count; number += 1)
    yield { number, bytes: Buffer.from(JSON.stringify({ email: `user-${number}@example.com`, name: 'Ada' })) };
  await Promise.resolve();
}

const importUsers = (count: number, dryRun = false) =>
  core.auth.bulkImport(linesOf(count), {
    dryRun,
    actor: { kind: 'operator', name: 'root' },
    onRefused: (line, reason) => {
      throw new Error(`line ${line}: ${reason}`);
    },
  });

const account = {
  email: 'ada@example.com',
  password: PASSWORD,
  name: 'Ada',
  roles: ['ADMIN'],
  verified: true,
} as const;

let signUps = 0;
/** An address of its own, because the mailbox keeps the links of earlier sign-ups. */
const newAddress = () => {
  signUps += 1;
  return `sign-up-${signUps}@example.com`;
};

const signUp = async (of: TestCore, email: string) => {
  const { password, name } = account;
  const result = await of.auth.signUp({ email, password, name, locale: 'de' }, client);
  if ('failure' in result) throw new Error(result.failure);
  return result.receipt;
};

const verify = async (of: TestCore) => {
  const email = newAddress();
  const receipt = await signUp(of, email);
  const token = tokenIn(await of.mailbox.waitForLink(email));
  return () => of.auth.emailVerification.verify({ token, receipt, newPassword: null }, client);
};

/** Each way in which a single user is created, and the user that the hook gets. */
const ways: [string, (of: TestCore) => Promise<() => Promise<unknown>>, Partial<HookUser>][] = [
  [
    'an administrator or a command creates it',
    (of) => Promise.resolve(() => of.auth.users.create(account, { kind: 'operator', name: 'root' })),
    { email: 'ada@example.com', emailVerified: true, name: 'Ada', roles: ['ADMIN', 'USER'], origin: 'ADMINISTRATOR' },
  ],
  [
    'its sign-up is verified',
    verify,
    { emailVerified: true, name: 'Ada', locale: 'de', roles: ['USER'], origin: 'SIGN_UP' },
  ],
  [
    'it is the first administrator',
    (of) =>
      Promise.resolve(() =>
        createFirstAdministrator({ auth: of.auth, dataDir: '', terminal: { isTTY: true, write: () => true } }),
      ),
    { email: 'admin@example.com', emailVerified: true, roles: ['ADMIN', 'USER'], origin: 'ADMINISTRATOR' },
  ],
];

describe('usersCreated', () => {
  it.each(ways)('runs in the transaction when %s', async (_, prepare, expected) => {
    const create = await prepare(core);
    await create();
    expect(batches).toEqual([[expect.objectContaining(expected)]]);
    const [user] = await core.database.query('SELECT id FROM "user"');
    expect(batches[0]?.[0]?.id).toBe((user as { id: string }).id);
    expect(Object.keys(batches[0]?.[0] ?? {}).sort()).toEqual([
      'createdAt',
      'email',
      'emailVerified',
      'id',
      'locale',
      'name',
      'origin',
      'roles',
    ]);
    expect(Object.isFrozen(batches[0])).toBe(true);
  });

  it.each(ways)('fails the operation with a 503, and nothing is done, when it throws and %s', async (_, prepare) => {
    const create = await prepare(core);
    hook = async (tx, users) => {
      await enqueueForAll(tx, users);
      bug();
    };
    const queued = async () => core.database.query(`SELECT FROM auth_queue_entry WHERE topic LIKE 'app:%'`);
    await expect(create()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', hook: 'usersCreated' });
    expect(await countUsers()).toBe(0);
    expect(await queued()).toEqual([]);
    // The token of a sign-up has not been used, so that the link works as soon as the hook does.
    hook = enqueueForAll;
    await create();
    expect(await countUsers()).toBe(1);
  });

  it('runs for a sign-up at once where addresses need not be verified, and not again when it is verified', async () => {
    const unverified = await startCore({ REQUIRE_VERIFIED_EMAIL: 'false' }, undefined, true, {
      hooks: { usersCreated },
      jobs,
    });
    const verifying = await verify(unverified);
    expect(batches).toEqual([[expect.objectContaining({ emailVerified: false, origin: 'SIGN_UP', name: 'Ada' })]]);
    await verifying();
    expect(batches).toHaveLength(1);
    hook = bug;
    await unverified.database.query('TRUNCATE "user", auth_sign_up CASCADE');
    await expect(signUp(unverified, newAddress())).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await countUsers(unverified)).toBe(0);
    await unverified.close();
  });

  it('does not run when the address is taken', async () => {
    await core.auth.users.create(account, { kind: 'system' });
    expect(await core.auth.users.create(account, { kind: 'system' })).toEqual({
      failure: 'INVALID_INPUT',
      fields: ['email'],
    });
    expect(batches).toHaveLength(1);
  });

  it('runs once for each batch of an import, for the users that are new', async () => {
    await core.auth.users.create({ ...account, email: 'user-2@example.com' }, { kind: 'system' });
    await importUsers(1_500, true);
    expect(batches).toHaveLength(1);
    expect(await importUsers(1_500)).toEqual({ imported: 1_499, present: 1, refused: 0 });
    expect(batches.slice(1).map((batch) => batch.length)).toEqual([999, 500]);
    expect(batches[1]?.[0]).toMatchObject({ email: 'user-1@example.com', emailVerified: false, origin: 'IMPORT' });
  });

  it('imports no batch partially when it throws at user 500', async () => {
    hook = async (tx, users) => {
      const isBroken = users.some(({ email }) => email === 'user-1500@example.com');
      await enqueueForAll(tx, isBroken ? users.slice(0, 500) : users);
      if (isBroken) bug();
    };
    await expect(importUsers(2_500)).rejects.toThrow(
      'The import stopped: no user of the lines 1001 to 2000 was imported, because the hook usersCreated of src/app/hooks.ts failed. Correct the hook and repeat the import',
    );
    expect(await countUsers()).toBe(1_000);
    expect(await core.database.query('SELECT FROM auth_queue_entry')).toHaveLength(1);
    hook = enqueueForAll;
    expect(await importUsers(2_500)).toEqual({ imported: 1_500, present: 1_000, refused: 0 });
  });

  it('is ended after two seconds, and its transaction with it: a later use of `tx` throws at once', async () => {
    let kept: ApplicationTx | undefined;
    hook = (tx) => {
      kept = tx;
      return never();
    };
    await expect(core.auth.users.create(account, { kind: 'system' })).rejects.toMatchObject({
      cause: { message: 'hook usersCreated did not finish within 2 s' },
    });
    expect(await countUsers()).toBe(0);
    await expect(kept?.enqueue('welcome' as never, {} as never)).rejects.toThrow(
      'This `tx` was used after its transaction had ended',
    );
    hook = enqueueForAll;
    await core.auth.users.create(account, { kind: 'system' });
    expect(await countUsers()).toBe(1);
  });

  it('cannot change the user that the flow goes on with', async () => {
    hook = (_, users) => {
      const [user] = users as unknown as { roles: string[]; name: string; createdAt: Date }[];
      expect(() => user?.roles.push('ADMIN')).toThrow(TypeError);
      expect(() => Object.assign(user ?? {}, { name: 'Eve' })).toThrow(TypeError);
      user?.createdAt.setTime(0);
    };
    const created = await core.auth.users.create({ ...account, roles: [] }, { kind: 'system' });
    expect(created).toMatchObject({ name: 'Ada', roles: ['USER'] });
    expect((created as { createdAt: Date }).createdAt.getTime()).toBeGreaterThan(0);
  });
});

describe('userCreated', () => {
  it('runs for each user, also for those of an import, and for none of a batch that it fails for', async () => {
    const seen: string[] = [];
    const userCreated: Hooks['userCreated'] = (_, { email }) => {
      seen.push(email);
      if (email === 'user-3@example.com') bug();
    };
    const single = await startCore({}, undefined, true, { hooks: { userCreated } });
    await single.createUser('ada@example.com');
    const options = { dryRun: false, actor: { kind: 'operator', name: 'root' }, onRefused: () => undefined } as const;
    await single.auth.bulkImport(linesOf(2), options);
    expect(seen).toEqual(['ada@example.com', 'user-1@example.com', 'user-2@example.com']);
    await expect(single.auth.bulkImport(linesOf(4), options)).rejects.toThrow('hook userCreated');
    expect(await countUsers(single)).toBe(3);
    await single.close();
  });
});

describe('a hook that swallows the error of a statement', () => {
  it('fails the operation nevertheless, and is named: PostgreSQL would roll back without an error', async () => {
    const secretBox = createSecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]);
    const change = createChange({
      store: core.store,
      mailQueue: createMailQueue(secretBox, () => undefined),
      jobQueue: createJobQueue(secretBox, [], () => undefined),
      applicationMails: createApplicationMails({}),
      principals: { forget: () => undefined },
      clock: () => new Date(),
      onUsersCreated: createOnUsersCreated({
        usersCreated: async (tx) => {
          await tx.user.findUnique({ where: { id: 'not a UUID' } }).catch(() => undefined);
        },
      }),
    });
    const id = uuidv7(new Date());
    const creation = change({ kind: 'system' }, async (tx) => {
      const profile = { name: null, locale: null, roles: ['USER'], passwordHash: null };
      const address = { email: 'ada@example.com', emailCanonical: 'ada@example.com', isVerified: true };
      await tx.users.create({ id, ...address, origin: 'ADMINISTRATOR', ...profile }, { type: 'USER_CREATED' });
    });
    await expect(creation).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', hook: 'usersCreated' });
    expect(await core.store.users.find(id)).toBeUndefined();
  });
});
