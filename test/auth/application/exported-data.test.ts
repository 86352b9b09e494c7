import type { ApplicationDb } from '../../../src/auth/application/application-access.js';
import type { Hooks } from '../../../src/auth/application/hooks.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';

type ExportUserData = NonNullable<Hooks['exportUserData']>;

let core: TestCore;
let hook: ExportUserData = () => ({});
let users = 0;

beforeAll(async () => {
  core = await startCore({}, undefined, true, {
    hooks: { exportUserData: (db, userId) => hook(db, userId) },
    jobs: { 'a-job': { run: () => Promise.resolve() } },
  });
});

afterAll(async () => {
  await core.close();
});

beforeEach(() => {
  hook = () => ({});
});

const newCaller = async () => {
  users += 1;
  return (await core.createCaller(`user-${users}@example.com`)).caller;
};

const parse = (result: object): Record<string, unknown> =>
  JSON.parse((result as { json: string }).json) as Record<string, unknown>;

const exportedBy = async (caller: Awaited<ReturnType<typeof newCaller>>) =>
  parse(await core.auth.exportMyData(caller, PASSWORD, client));

describe('exportUserData', () => {
  it('adds what the application has stored to the export of a user, and to that of an operator', async () => {
    const caller = await newCaller();
    hook = (_, userId) => ({ projects: [{ ownerId: userId }] });
    const application = { projects: [{ ownerId: caller.userId }] };
    expect(await exportedBy(caller)).toMatchObject({ application });
    const byOperator = await core.auth.exportUserData(caller.userId, { kind: 'operator', name: 'root' });
    expect(parse(byOperator)).toMatchObject({ application });
  });

  it('reads with a database that does nothing any more when it has ended', async () => {
    let kept: ApplicationDb | undefined;
    hook = (db) => {
      kept = db;
      return db.$transaction(() => Promise.resolve(['read']));
    };
    expect(await exportedBy(await newCaller())).toMatchObject({ application: ['read'] });
    await expect((async () => kept?.$transaction(() => Promise.resolve()))()).rejects.toThrow('aborted');
  });

  it.each<[string, ExportUserData]>([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['never returns', () => new Promise<never>(() => undefined)],
    ['never returns from a transaction', (db) => db.$transaction(() => new Promise<never>(() => undefined))],
    ['returns nothing', () => undefined],
    ['returns a date', () => ({ at: new Date() })],
    ['returns more than 1 MiB', () => 'x'.repeat(2 ** 20)],
  ])(
    'fails the export with a 503, and nothing is recorded, when it %s',
    async (_, failing) => {
      const caller = await newCaller();
      hook = failing;
      const before = await core.eventTypesOf(caller.userId);
      await expect(core.auth.exportMyData(caller, PASSWORD, client)).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        hook: 'exportUserData',
      });
      await expect(core.auth.exportUserData(caller.userId, { kind: 'operator', name: 'root' })).rejects.toMatchObject({
        hook: 'exportUserData',
      });
      expect(await core.eventTypesOf(caller.userId)).toEqual(before);
      hook = () => ({});
      expect(await exportedBy(caller)).toMatchObject({ application: {} });
    },
    20_000,
  );
});

describe('an export without the hook', () => {
  it('has no part of the application', async () => {
    const without = await startCore();
    const { caller } = await without.createCaller('ada@example.com');
    expect(parse(await without.auth.exportMyData(caller, PASSWORD, client))).not.toHaveProperty('application');
    await without.close();
  });
});
