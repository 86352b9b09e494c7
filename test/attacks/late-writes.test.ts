import { isObjectType } from 'graphql';
import pg from 'pg';

import type { Role } from '../../src/values/roles.js';
import { ruleOf } from '../../src/authorization/schema-rules.js';
import { createSchema } from '../../src/graphql/schema.js';
import { bearer, PASSWORD, startApp, type Answer, type TestApp, type TestUser } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import { LoginDocument } from '../support/generated/operations.js';
import { untilMs } from '../support/patience.js';
import { closeGate } from '../support/row-gate.js';

type Person = Awaited<ReturnType<TestApp['newcomer']>>;

/** A write that waits while its actor is shut out. `$actor`, `$target`, `$session` stand for ids. */
interface Case {
  readonly field: string;
  /** A mutation if absent. */
  readonly operation?: 'query';
  /** What makes the write possible, before anybody sends it. */
  readonly prepare?: string;
  /** How many at once, where an instance carries out one at a time; otherwise four: a fifth password of a session is rejected. */
  readonly count?: number;
  /** A row when the write took effect; absent where only its event shows that. */
  readonly effect?: string;
}

const password = JSON.stringify(PASSWORD);

const administration: Record<string, Case> = {
  setUserRoles: {
    field: `setUserRoles(input: { userId: "$target", roles: [ADMIN, USER] }) { __typename }`,
    effect: `SELECT FROM auth_user_role WHERE user_id = '$target' AND role = 'ADMIN'`,
  },
  disableUser: {
    field: `disableUser(input: { userId: "$target" }) { __typename }`,
    effect: `SELECT FROM "user" WHERE id = '$target' AND disabled_at IS NOT NULL`,
  },
  enableUser: {
    field: `enableUser(input: { userId: "$target" }) { __typename }`,
    prepare: `UPDATE "user" SET disabled_at = now() WHERE id = '$target'`,
    effect: `SELECT FROM "user" WHERE id = '$target' AND disabled_at IS NULL`,
  },
  revokeUserSessions: {
    field: `revokeUserSessions(input: { userId: "$target" }) { __typename }`,
    effect: `SELECT FROM auth_session WHERE user_id = '$target' AND revoked_at IS NOT NULL`,
  },
  unlockUser: {
    field: `unlockUser(input: { userId: "$target" }) { __typename }`,
    prepare: `UPDATE auth_session SET password_attempts = 3 WHERE user_id = '$target'`,
    effect: `SELECT FROM auth_session WHERE user_id = '$target' AND password_attempts = 0`,
  },
  deleteUser: {
    field: `deleteUser(input: { userId: "$target" }) { __typename }`,
    effect: `SELECT FROM "user" WHERE id = '$target' AND erase_after IS NOT NULL`,
  },
};

/** Reads that leave a record, and writes under another argument. */
const furtherAdministration: Record<string, Case> = {
  'user(id) and its sessions': {
    field: `user(id: "$target") { sessions { id } }`,
    operation: 'query',
  },
  'deleteUser at once': {
    field: `deleteUser(input: { userId: "$target", immediately: true }) { __typename }`,
    effect: `SELECT FROM "user" WHERE id = '$target' AND erase_after IS NOT NULL`,
  },
};

const ownAccount: Record<string, Case> = {
  updateProfile: {
    field: `updateProfile(input: { name: "Call this number" }) { __typename }`,
    effect: `SELECT FROM "user" WHERE id = '$actor' AND name IS NOT NULL`,
  },
  deleteMyAccount: {
    field: `deleteMyAccount(input: { password: ${password} }) { __typename }`,
  },
  cancelAccountDeletion: {
    field: `cancelAccountDeletion { user { id } }`,
    prepare: `UPDATE "user" SET erase_after = now() + interval '1 day' WHERE id = '$actor'`,
    effect: `SELECT FROM "user" WHERE id = '$actor' AND erase_after IS NULL`,
  },
  exportMyData: {
    field: `exportMyData(input: { password: ${password} }) { __typename }`,
    count: 2,
  },
  changePassword: {
    field: `changePassword(input: { currentPassword: ${password}, newPassword: "an entirely different one" }) { __typename }`,
    effect: `SELECT FROM auth_password_credential WHERE user_id = '$actor' AND version > 1`,
  },
  requestEmailChange: {
    field: `requestEmailChange(input: { newEmail: "$actor@example.com", password: ${password} }) { __typename }`,
    effect: `SELECT FROM auth_one_time_token WHERE user_id = '$actor'`,
  },
  revokeSession: {
    field: `revokeSession(input: { sessionId: "$session" }) { __typename }`,
  },
  revokeOtherSessions: { field: `revokeOtherSessions { revokedSessions }` },
  revokeAllSessions: { field: `revokeAllSessions { revokedSessions }` },
};

/** The mutations whose rule asks for a role, or for a login alone. */
const mutationsUnder = (kind: 'roles' | 'authenticated'): string[] => {
  const type = createSchema().getMutationType();
  if (!isObjectType(type)) throw new Error('there is no mutation');
  return Object.values(type.getFields())
    .filter((field) => ruleOf(field)?.kind === kind)
    .map(({ name }) => name)
    .sort();
};

describe('every mutation under a rule', () => {
  it('has a case below', () => {
    expect(mutationsUnder('roles')).toEqual(Object.keys(administration).sort());
    expect(mutationsUnder('authenticated')).toEqual(Object.keys(ownAccount).sort());
  });
});

if (postgresUrl !== undefined) {
  let one: TestApp;
  let two: TestApp;
  let chief: Person;

  const either = (index: number) => (index % 2 === 0 ? one : two);
  const codes = (answers: readonly Answer[]) => [
    ...new Set(answers.map(({ errors, text }) => errors[0]?.extensions.code ?? text.trim())),
  ];
  const mutate = (app: TestApp, { accessToken }: { accessToken: string }, field: string, operation = 'mutation') =>
    app.post(JSON.stringify({ query: `${operation} { ${field} }` }), bearer(accessToken));
  const succeeds = async (answer: Promise<Answer>) => codes([await answer]).every((code) => code.startsWith('{"data"'));
  const byChief = (field: string) => succeeds(mutate(two, chief.tokens, field));

  beforeAll(async () => {
    one = await startApp({ HASH_QUEUE: '1000' }, { hasDeadlines: false });
    two = await one.sibling();
    chief = await one.newcomer('ADMIN');
  });

  afterAll(async () => {
    await two.close();
    await one.close();
  });

  /** How an actor is shut out while its requests wait, and whether it was. Each holds the actor's row until it commits. */
  const losses = {
    demoted: ({ id }: TestUser) =>
      Promise.resolve(() => byChief(`setUserRoles(input: { userId: "${id}", roles: [USER] }) { __typename }`)),
    disabled: ({ id }: TestUser) =>
      Promise.resolve(() => byChief(`disableUser(input: { userId: "${id}" }) { __typename }`)),
    'logged out': ({ id }: TestUser) =>
      Promise.resolve(() => byChief(`revokeUserSessions(input: { userId: "${id}" }) { __typename }`)),
    leaving: async (actor: TestUser) => {
      const elsewhere = await one.login(actor);
      return () => succeeds(mutate(two, elsewhere, `deleteMyAccount(input: { password: ${password} }) { __typename }`));
    },
    erased: async ({ id }: TestUser) => {
      await one.database.query(`UPDATE "user" SET erase_after = now() WHERE id = $1`, [id]);
      return async () => (await two.gatehouse.auth.accountDeletion.erase()) === 1;
    },
  };

  /** Sends a write again and again while its actor is being shut out, and then lets everything go on. */
  const race = async (
    actor: Person,
    loss: keyof typeof losses,
    field: string,
    count: number,
    over: (index: number) => TestApp = either,
    operation?: 'query',
  ) => {
    const instances = Array.from({ length: count }, (_, index) => over(index));
    // The use of the session is recorded now, so that the requests go on to what they write.
    for (const instance of new Set(instances)) await mutate(instance, actor.tokens, 'me { id }', 'query');
    const lose = await losses[loss](actor);
    const gate = await closeGate(one);
    const lost = lose();
    await gate.waiting(1, [lost]);
    const sent = instances.map((instance) => mutate(instance, actor.tokens, field, operation));
    await gate.waiting(1 + count, [lost, ...sent]);
    await gate.open();
    expect(await lost).toBe(true);
    return Promise.all(sent);
  };

  /** What the requests of these responses recorded, apart from being denied. */
  const recordOf = (answers: readonly Answer[]) =>
    one.database.query(
      `SELECT type FROM auth_security_event WHERE correlation_id = ANY($1) AND type <> 'ACCESS_DENIED'`,
      [answers.map(({ headers }) => headers.get('x-request-id'))],
    );

  const tryLate = async (
    loss: keyof typeof losses,
    name: string,
    { field, operation, prepare, count = 4, effect }: Case,
    role: Role,
  ) => {
    const [actor, target] = [await one.newcomer(role), await one.newcomer()];
    const other = await one.login(actor);
    const about = (text: string) =>
      text.replaceAll('$actor', actor.id).replaceAll('$target', target.id).replaceAll('$session', other.session.id);
    if (prepare) await one.database.query(about(prepare));
    const answers = await race(actor, loss, about(field), count, either, operation);
    // A password is not looked at any more once the session has ended, and counts as wrong.
    const unconfirmed = JSON.stringify({ data: { [name]: { __typename: 'InvalidCredentialsError' } } });
    const refusals = loss === 'demoted' ? ['FORBIDDEN'] : ['UNAUTHENTICATED', unconfirmed];
    expect(refusals).toEqual(expect.arrayContaining(codes(answers)));
    if (effect !== undefined) expect(await one.database.query(about(effect))).toEqual([]);
    expect(await recordOf(answers)).toEqual([]);
  };

  describe.each(['demoted', 'disabled', 'logged out', 'leaving', 'erased'] as const)(
    'H4: an administrator who is %s while its requests wait',
    (loss) => {
      it.each(Object.entries({ ...administration, ...furtherAdministration }))(
        'does not succeed with %s',
        async (name, write) => {
          await tryLate(loss, name, write, 'ADMIN');
        },
      );
    },
  );

  describe.each(['disabled', 'logged out', 'leaving', 'erased'] as const)(
    'H4: a user who is %s while its requests wait',
    (loss) => {
      it.each(Object.entries(ownAccount))('does not succeed with %s', async (name, write) => {
        await tryLate(loss, name, write, 'USER');
      });
    },
  );

  describe('H4: an administrator who reads users without a pause while it is demoted', () => {
    it('reads nothing any more once the demotion was confirmed, on the instance that confirmed it', async () => {
      const [actor, target] = [await one.newcomer('ADMIN'), await one.newcomer()];
      const fields = `users { nodes { id } totalCount } user(id: "${target.id}") { email }`;
      let isDemoted = false;
      const late: Answer[] = [];
      const readOn = async () => {
        for (let left = 50; left > 0; left -= isDemoted ? 1 : 0) {
          const startedAfter = isDemoted;
          const answer = await mutate(two, actor.tokens, fields, 'query');
          if (startedAfter) late.push(answer);
        }
      };
      const readers = [readOn(), readOn(), readOn()];
      isDemoted = await losses.demoted(actor).then((lose) => lose());
      expect(isDemoted).toBe(true);
      await Promise.all(readers);
      expect(late.length).toBeGreaterThan(100);
      expect(codes(late)).toEqual(['FORBIDDEN']);
      expect(late.every(({ status, data }) => status === 403 && data === undefined)).toBe(true);
    }, 60_000);
  });

  describe('H4: an administrator with twelve requests in flight', () => {
    const rolesOf = (userId: string) =>
      one.database.query('SELECT role FROM auth_user_role WHERE user_id = $1 ORDER BY role', [userId]);

    it.each([1, 2, 3])(
      'does not give itself its role back, round %d',
      async () => {
        const actor = await one.newcomer('ADMIN');
        const field = `setUserRoles(input: { userId: "${actor.id}", roles: [ADMIN, USER] }) { __typename }`;
        const answers = await race(actor, 'demoted', field, 12);
        expect(codes(answers)).toEqual(['FORBIDDEN']);
        expect(await rolesOf(actor.id)).toEqual([{ role: 'USER' }]);
      },
      30_000,
    );

    it('does not enable itself again', async () => {
      const actor = await one.newcomer('ADMIN');
      const field = `enableUser(input: { userId: "${actor.id}" }) { __typename }`;
      const answers = await race(actor, 'disabled', field, 12);
      expect(codes(answers)).toEqual(['UNAUTHENTICATED']);
      expect(await one.database.query('SELECT FROM "user" WHERE id = $1 AND disabled_at IS NULL', [actor.id])).toEqual(
        [],
      );
    }, 30_000);

    it('succeeds with none of several mutations in one document', async () => {
      const [actor, target] = [await one.newcomer('ADMIN'), await one.newcomer()];
      const grant = (userId: string, alias: string) =>
        `${alias}: setUserRoles(input: { userId: "${userId}", roles: [ADMIN, USER] }) { __typename }`;
      const answers = await race(actor, 'demoted', `${grant(target.id, 'a')} ${grant(actor.id, 'b')}`, 12);
      expect(codes(answers)).toEqual(['FORBIDDEN']);
      expect([await rolesOf(actor.id), await rolesOf(target.id)]).toEqual([[{ role: 'USER' }], [{ role: 'USER' }]]);
    }, 30_000);

    it('is refused where nothing would change, too', async () => {
      const [actor, target] = [await one.newcomer('ADMIN'), await one.newcomer()];
      const field = `enableUser(input: { userId: "${target.id}" }) { __typename }`;
      expect(codes(await race(actor, 'demoted', field, 12))).toEqual(['FORBIDDEN']);
    }, 30_000);
  });

  const setDefault = (level: string) =>
    one.database.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation TO %L', current_database(), '${level}'); END $$`,
    );

  describe('H4: where a higher isolation than READ COMMITTED is the default of the database', () => {
    afterEach(() => setDefault('read committed'));

    it.each(['repeatable read', 'serializable'])(
      'a late write is refused as well, under %s',
      async (level) => {
        await setDefault(level);
        const strict = await one.sibling();
        const [actor, target] = [await one.newcomer('ADMIN'), await one.newcomer()];
        const grant = `setUserRoles(input: { userId: "${target.id}", roles: [ADMIN, USER] }) { __typename }`;
        const answers = await race(actor, 'demoted', grant, 4, () => strict);
        await strict.close();
        expect(codes(answers)).toEqual(['FORBIDDEN']);
      },
      30_000,
    );
  });

  describe('H4: a login that verified the old password while it was being changed', () => {
    afterEach(() => setDefault('read committed'));

    it.each(['read committed', 'repeatable read', 'serializable'])('starts no session, under %s', async (level) => {
      await setDefault(level);
      const strict = await one.sibling();
      const user = await one.createUser();
      const holder = new pg.Client(one.database.url);
      await holder.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT FROM "user" WHERE id = $1 FOR UPDATE', [user.id]);
      await holder.query('UPDATE auth_password_credential SET version = version + 1 WHERE user_id = $1', [user.id]);
      const login = strict.send(LoginDocument, { input: { email: user.email, password: user.password } });
      await untilMs(async () => {
        await holder.query('SELECT pg_stat_clear_snapshot()');
        const waiting = await holder.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return waiting.rows.length > 0;
      });
      await holder.query('COMMIT');
      await holder.end();
      const { data } = await login;
      await strict.close();
      expect(data?.login.__typename).toBe('InvalidCredentialsError');
      expect(await one.database.query('SELECT FROM auth_session WHERE user_id = $1', [user.id])).toEqual([]);
    });
  });

  describe('all of this', () => {
    it('has caused no deadlock', async () => {
      await Promise.all([one.gatehouse.store.close(), two.gatehouse.store.close()]);
      expect(
        await one.database.query('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()'),
      ).toEqual([{ deadlocks: 0 }]);
    });
  });
}
