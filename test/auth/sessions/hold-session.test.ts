import type { UserCaller } from '../../../src/auth/caller.js';
import { assertSessionLive, holdSession } from '../../../src/auth/sessions/hold-session.js';
import type { UnitOfWork } from '../../../src/auth/unit-of-work.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { createTestChange } from '../../support/test-change.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const change = (work: (tx: UnitOfWork) => Promise<void>) => createTestChange(core.store)({ kind: 'system' }, work);

const NOBODY = '01900000-0000-7000-8000-000000000000';
const revoked = { code: 'UNAUTHENTICATED', detail: { reason: 'SESSION_REVOKED' } };

describe('holdSession', () => {
  it('accepts a live session of an existing account', async () => {
    const { caller } = await core.createCaller('live@example.com');
    await expect(change((tx) => holdSession(tx, caller))).resolves.toBeUndefined();
  });

  it('throws UNAUTHENTICATED when the account has been deleted', async () => {
    const { caller } = await core.createCaller('deleted@example.com');
    await core.store.users.remove(caller.userId);
    await expect(change((tx) => holdSession(tx, caller))).rejects.toMatchObject(revoked);
  });
});

describe('assertSessionLive', () => {
  it.each(['revoked_at', 'idle_expires_at', 'expires_at'])(
    'throws UNAUTHENTICATED once %s has passed',
    async (column) => {
      const { caller } = await core.createCaller(`${column.replaceAll('_', '-')}@example.com`);
      await core.database.query(`UPDATE auth_session SET ${column} = now() WHERE id = $1`, [caller.sessionId]);
      await expect(change((tx) => assertSessionLive(tx, caller.sessionId))).rejects.toMatchObject(revoked);
    },
  );

  it('throws UNAUTHENTICATED for an unknown session', async () => {
    await expect(change((tx) => assertSessionLive(tx, NOBODY))).rejects.toMatchObject(revoked);
  });
});

// The rule of the field was satisfied; then the request waited for the lock on the account.
describe('a request whose session is revoked while it waits', () => {
  const revokeFirst = ({ userId }: UserCaller) =>
    core.interrupt(() => core.auth.users.revokeSessions(userId, { kind: 'system' }));

  it('changes no profile', async () => {
    const { caller } = await core.createCaller('renamed@example.com');
    revokeFirst(caller);
    const update = core.auth.updateProfile(caller, { name: 'Call this number' }, client);
    await expect(update).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ name: null });
  });

  it('does not cancel the deletion that the owner requested', async () => {
    const { caller } = await core.createCaller('leaving@example.com');
    await core.auth.accountDeletion.request(caller, PASSWORD, client);
    const thief = await core.login('leaving@example.com');
    const session: UserCaller = { ...caller, sessionId: thief.session.id };
    revokeFirst(session);
    await expect(core.auth.accountDeletion.cancel(session, client)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ eraseAfter: expect.any(Date) as Date });
  });

  const newPassword = 'an entirely different one';

  it.each<[string, (caller: UserCaller) => Promise<unknown>]>([
    ['ends no session', (caller) => core.auth.sessions.revoke(caller, caller.sessionId, client)],
    ['ends no other sessions', (caller) => core.auth.sessions.revokeOthers(caller, client)],
    ['does not end all sessions', (caller) => core.auth.sessions.revokeAll(caller, client)],
    ['exports nothing', (caller) => core.auth.exportMyData(caller, PASSWORD, client)],
    ['schedules no deletion', (caller) => core.auth.accountDeletion.request(caller, PASSWORD, client)],
    [
      'changes no password',
      (caller) => core.auth.passwords.change(caller, { currentPassword: PASSWORD, newPassword }, client, null),
    ],
    [
      'requests no other address',
      (caller) => core.auth.emailChange.request(caller, { newEmail: 'new@example.com', password: PASSWORD }, client),
    ],
  ])('%s', async (effect, write) => {
    const { caller } = await core.createCaller(`${effect.replaceAll(' ', '-')}@example.com`);
    revokeFirst(caller);
    await expect(write(caller)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      detail: { reason: 'SESSION_REVOKED' },
    });
    expect(await core.database.query(`SELECT FROM auth_queue_entry WHERE topic = 'mail-request'`)).toEqual([]);
    const [last] = await core.store.securityEvents.listBySubject(caller.userId, 1);
    expect(last).toMatchObject({ type: 'SESSIONS_REVOKED', actorKind: 'system' });
  });
});
