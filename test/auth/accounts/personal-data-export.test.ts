import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

interface Export {
  readonly account: Record<string, unknown>;
  readonly password: Record<string, unknown>;
  readonly sessions: readonly { readonly id: string }[];
  readonly events: readonly Record<string, unknown>[];
  readonly omitted?: Record<string, number>;
}

const exportOf = async (caller: Parameters<TestCore['auth']['exportMyData']>[0]): Promise<Export> => {
  const exported = await core.auth.exportMyData(caller, PASSWORD, client);
  if ('failure' in exported) throw new Error(exported.failure);
  return JSON.parse(exported.json) as Export;
};

describe('an export of personal data', () => {
  it('contains the account and its lists, and neither the password hash nor the canonical address', async () => {
    const { caller } = await core.createCaller('Ada@example.com');
    const data = await exportOf(caller);
    expect(data).toMatchObject({
      account: { id: caller.userId, email: 'Ada@example.com' },
      sessions: [{ id: caller.sessionId }],
      knownDevices: [{ device: 'curl' }],
      links: [],
      signUps: [],
    });
    const credential = await core.store.passwordCredentials.find(caller.userId);
    expect(credential?.hash).toMatch(/^\$argon2id/);
    expect(JSON.stringify(data)).not.toContain(credential?.hash);
    expect(data.account).not.toHaveProperty('emailCanonical');
    expect(data).not.toHaveProperty('omitted');
  });

  it('is recorded, and contains the event of its own recording', async () => {
    const { caller } = await core.createCaller('recorded@example.com');
    const { events } = await exportOf(caller);
    expect(events[0]).toMatchObject({ type: 'DATA_EXPORTED', actorKind: 'user', network: client.network });
  });

  it('shows what another person did to the account, but not from where', async () => {
    const { caller } = await core.createCaller('subject@example.com');
    const administrator = await core.createUser('administrator@example.com');
    await core.database.query(
      `INSERT INTO auth_security_event (id, type, actor_kind, actor_id, subject_id, network, user_agent)
       VALUES (gen_random_uuid(), 'USER_ENABLED', 'user', $1, $2, '198.51.100.0/24', 'a browser')`,
      [administrator.id, caller.userId],
    );
    const text = JSON.stringify(await exportOf(caller));
    expect(text).toContain('USER_ENABLED');
    for (const secret of [administrator.id, '198.51.100.0/24', 'a browser']) expect(text).not.toContain(secret);
  });

  it('is limited to 1,000 sessions, and says how many it omits', async () => {
    const { caller } = await core.createCaller('many-sessions@example.com');
    await core.database.query(
      `INSERT INTO auth_session (id, user_id, client_id, amr, auth_time, idle_expires_at, expires_at)
       SELECT gen_random_uuid(), $1, 'gatehouse', '{pwd}', now(), now() + interval '1 hour', now() + interval '1 hour'
       FROM generate_series(1, 1001)`,
      [caller.userId],
    );
    const data = await exportOf(caller);
    expect(data.sessions).toHaveLength(1000);
    expect(data.omitted).toEqual({ sessions: 2 });
  });

  it('is refused after a wrong password, and not recorded as an export', async () => {
    const { caller } = await core.createCaller('thief@example.com');
    const refused = await core.auth.exportMyData(caller, 'not the password', client);
    expect(refused).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await core.eventTypesOf(caller.userId)).not.toContain('DATA_EXPORTED');
  });
});

describe('an export by an operator', () => {
  const OPERATOR = { kind: 'operator', name: 'root' } as const;

  it('contains the same as that of the user, and is recorded under the name of the operator', async () => {
    const { caller } = await core.createCaller('asked@example.com');
    const exported = await core.auth.exportUserData(caller.userId, OPERATOR);
    if ('failure' in exported) throw new Error(exported.failure);
    const { exportedAt: _, events: __, ...own } = { ...(await exportOf(caller)), exportedAt: null };
    expect(JSON.parse(exported.json)).toMatchObject(own);
    const events = await core.store.securityEvents.listBySubject(caller.userId, 2);
    expect(events.map(({ type, operator }) => `${type} ${operator}`).sort()).toEqual([
      'DATA_EXPORTED null',
      'DATA_EXPORTED root',
    ]);
  });

  it('finds nobody by an unknown id', async () => {
    expect(await core.auth.exportUserData('nobody', OPERATOR)).toEqual({ failure: 'NOT_FOUND' });
  });
});
