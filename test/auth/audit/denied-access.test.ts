import { createRecordDeniedAccess } from '../../../src/auth/audit/denied-access.js';
import type { UserCaller } from '../../../src/auth/caller.js';
import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const documentHash = 'f'.repeat(64);

const recorder = () => {
  // A time of 0 would be none to the cache.
  const clock = { seconds: 1_000 };
  const record = createRecordDeniedAccess(
    core.store,
    () => new Date(),
    () => clock.seconds * 1000,
  );
  return {
    clock,
    deny: (caller: UserCaller, operation: string | null) => record(caller, client, { operation, documentHash }),
  };
};

const denials = async ({ userId }: UserCaller) =>
  (await core.store.securityEvents.listBySubject(userId, 100))
    .filter(({ type }) => type === 'ACCESS_DENIED')
    .map(({ detail }) => detail)
    .reverse();

describe('denied access', () => {
  it('is recorded with the user, the session, the operation and the hash of the document', async () => {
    const { caller } = await core.createCaller('one@example.com');
    await recorder().deny(caller, 'Users');
    const [event] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(event).toMatchObject({
      type: 'ACCESS_DENIED',
      actorKind: 'user',
      actorId: caller.userId,
      sessionId: caller.sessionId,
      correlationId: client.requestId,
      network: client.network,
      detail: { operation: 'Users', documentHash },
    });
  });

  it('is recorded once a minute for each user and operation, however often it is repeated', async () => {
    const [{ caller: ada }, { caller: bob }] = [
      await core.createCaller('ada@example.com'),
      await core.createCaller('bob@example.com'),
    ];
    const { clock, deny } = recorder();
    await Promise.all(Array.from({ length: 50 }, () => deny(ada, 'Users')));
    await deny(ada, null);
    await deny(ada, null);
    await deny(bob, 'Users');
    clock.seconds += 59;
    await deny(ada, 'Users');
    expect(await denials(ada)).toEqual([{ operation: 'Users', documentHash }, { documentHash }]);
    expect(await denials(bob)).toHaveLength(1);
    clock.seconds += 1.001;
    await deny(ada, 'Users');
    expect(await denials(ada)).toHaveLength(3);
  });

  it('is recorded for ten operations of a user at most, because a client can invent any number of names', async () => {
    const { caller } = await core.createCaller('flood@example.com');
    const { deny } = recorder();
    for (let n = 0; n < 100; n += 1) await deny(caller, `Invented${n}`);
    expect(await denials(caller)).toHaveLength(10);
  });
});
