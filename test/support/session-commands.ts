import fc from 'fast-check';

import { checkAtOnce, checkRows } from './session-checks.js';
import {
  begin,
  changeSession,
  changeUser,
  generationOf,
  hold,
  livingOf,
  refresh,
  restore,
  revoke,
  revokeAllOf,
  sessionAt,
  use,
  userAt,
  type World,
} from './session-model.js';
import type { SessionSystem } from './session-system.js';
import { anySession, home, nth, origins, sessions, tokens, users, USERS, type Shown } from './session-targets.js';

/** What a run carries along: the world as the model has it, and which rows of the contract's table were met. */
export interface Run {
  world: World;
  readonly met: string[];
}

type Command = fc.AsyncCommand<Run, SessionSystem>;

/** A command on what `target` finds in the world; impossible where it finds nothing. `does` answers the world afterwards. */
const command = <Target>(
  name: string,
  target: (world: World) => Target | undefined,
  does: (world: World, system: SessionSystem, found: Target, run: Run) => Promise<World>,
): Command => {
  let shown = name;
  return {
    check: ({ world }) => target(world) !== undefined,
    async run(run, system) {
      const before = run.world;
      const found = target(before);
      if (found === undefined) throw new Error(`${name} is not possible`);
      shown = `${name} ${JSON.stringify(found)}`;
      run.world = await does(before, system, found, run);
      await checkAtOnce(before, run.world, system);
      await checkRows(run.world, system);
    },
    toString: () => shown,
  };
};

const login = fc.tuple(users, origins).map(([user, origin]) =>
  command('login', user, async (world, system, found) => {
    const { enabled, roles } = userAt(world, found);
    expect(await system.login(found, origin)).toEqual(enabled ? { generation: 1, roles } : undefined);
    return enabled ? begin(world, found, origin) : world;
  }),
);

const passGrace = async (world: World, system: SessionSystem, session: number) => {
  await system.passGrace(session);
  return changeSession(world, session, { inGrace: false });
};

/** Any generation, from anywhere, at once or later; sometimes the answer is lost, so that its tokens reach nobody. */
const refreshing = fc
  .tuple(tokens, origins, fc.constantFrom('', '', ', later'), fc.constantFrom('', '', ', lost'))
  .map(([token, origin, later, lost]) =>
    command(`refresh${later}${lost} from ${JSON.stringify(origin)}`, token, async (before, system, found, run) => {
      const { session, generation } = found;
      const world = later === '' ? before : await passGrace(before, system, session);
      const after = refresh(world, session, generation, origin);
      const { roles } = userAt(world, sessionAt(world, session).user);
      const expected = after.answered === undefined ? undefined : { generation: after.answered, roles };
      expect(await system.refresh(session, generation, origin, lost === '')).toEqual(expected);
      run.met.push(after.row.found);
      return expected && lost === '' ? hold(after.world, session, expected.generation) : after.world;
    }),
  );

const edited = fc.tuple(tokens, fc.nat(69 * 8 - 1)).map(([token, bit]) =>
  command(`refresh with bit ${bit} edited`, token, async (world, system, { session, generation }) => {
    expect(await system.refreshEdited(session, generation, bit)).toEqual({ failure: 'INVALID_REFRESH_TOKEN' });
    return world;
  }),
);

/** Twice: the second time the principal is remembered, if it lives. */
const using = tokens.map((token) =>
  command('use', token, async (world, system, { session, generation }) => {
    const after = use(world, session, generation);
    expect(await system.use(session, generation)).toEqual(after.roles);
    expect(await system.use(session, generation)).toEqual(after.roles);
    return after.world;
  }),
);

const logout = fc.tuple(tokens, fc.boolean(), fc.boolean()).map(([token, byBearer, byRefreshToken]) =>
  command('log out', token, async (world, system, { session, generation }) => {
    await system.logout(session, byBearer ? generation : null, byRefreshToken ? generation : null);
    const proved = byBearer ? use(world, session, generation) : { world, roles: undefined };
    return proved.roles !== undefined || byRefreshToken ? revoke(proved.world, [session]) : proved.world;
  }),
);

const revoking = fc.tuple(tokens, nth).map(([token, index]) =>
  command('revoke', token, async (before, system, { session, generation }) => {
    const { world, roles } = use(before, session, generation);
    const target = anySession(world, index) ?? session;
    const isFound = livingOf(world, sessionAt(world, session).user).includes(target);
    const answer = await system.revoke(session, generation, target);
    expect(answer).toBe(roles && (isFound ? 'REVOKED' : 'NOT_FOUND'));
    return roles && isFound ? revoke(world, [target]) : world;
  }),
);

const revokingAll = fc.tuple(tokens, fc.constantFrom('all', 'others')).map(([token, which]) =>
  command(`revoke ${which}`, token, async (before, system, { session, generation }) => {
    const { world, roles } = use(before, session, generation);
    const { user } = sessionAt(world, session);
    const kept = which === 'others' ? session : undefined;
    const count = livingOf(world, user).filter((living) => living !== kept).length;
    expect(await system.revokeAll(session, generation, which)).toBe(roles && count);
    return roles ? revokeAllOf(world, user, kept) : world;
  }),
);

const changingPassword = fc.tuple(tokens, origins).map(([token, origin]) =>
  command('change password', token, async (before, system, { session, generation }) => {
    const { world, roles } = use(before, session, generation);
    const { user } = sessionAt(world, session);
    expect(await system.changePassword(session, generation, user, origin)).toEqual(roles && { generation: 1, roles });
    return roles ? begin(revokeAllOf(world, user), user, origin) : world;
  }),
);

/** What is done to a user by an administrator, or by hand in the database. */
const administering = fc
  .tuple(users, fc.constantFrom('revokeAllOf', 'disable', 'disableByHand', 'enable', 'enable', 'promote', 'demote'))
  .map(([user, deed]) =>
    command(deed, user, async (world, system, found) => {
      await system[deed](found);
      switch (deed) {
        case 'revokeAllOf':
          return revokeAllOf(world, found);
        case 'disable':
          return changeUser(revokeAllOf(world, found), found, { enabled: false });
        case 'disableByHand':
          return changeUser(world, found, { enabled: false });
        case 'enable':
          return changeUser(world, found, { enabled: true });
        case 'promote':
          return changeUser(world, found, { roles: ['ADMIN', 'USER'] });
        case 'demote':
          return changeUser(world, found, { roles: ['USER'] });
      }
    }),
  );

const expire = fc.tuple(sessions, fc.constantFrom('idle_expires_at', 'expires_at')).map(([session, lifetime]) =>
  command(`${lifetime} passes`, session, async (world, system, found) => {
    await system.expire(found, lifetime);
    return changeSession(world, found, { ending: sessionAt(world, found).ending ?? 'OVER' });
  }),
);

const remove = sessions.map((session) =>
  command('the row is removed', session, async (world, system, found) => {
    await system.remove(found);
    return changeSession(world, found, { ending: 'GONE' });
  }),
);

const restoring = fc.tuple(sessions, nth).map(([find, index]) => {
  const target = (world: World): Shown | undefined => {
    const session = find(world);
    if (session === undefined || sessionAt(world, session).ending === 'GONE') return undefined;
    return { session, generation: 1 + (index % Math.max(1, generationOf(sessionAt(world, session)) - 1)) };
  };
  return command('an older row is restored', target, async (world, system, { session, generation }) => {
    const after = restore(world, session, generation);
    const { user, confirmed, origins: rotations } = sessionAt(after, session);
    await system.restore(session, generation, confirmed, rotations.at(-1) ?? home, user);
    return after;
  });
});

/** Forgets what an earlier run did, and logs the first user in: without a session little is possible. */
export const beginRun = async (system: SessionSystem, met: string[]): Promise<Run> => {
  await system.reset();
  const world = {
    users: Array.from({ length: USERS }, () => ({ enabled: true, roles: ['USER'] as const })),
    sessions: [],
  };
  await system.login(0, home);
  return { world: begin(world, 0, home), met };
};

/** What is done to sessions, in any order. */
export const lifeOfSessions: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [
    fc.oneof(
      { weight: 3, arbitrary: login },
      { weight: 30, arbitrary: refreshing },
      { weight: 8, arbitrary: using },
      { weight: 3, arbitrary: administering },
      { weight: 3, arbitrary: restoring },
      { weight: 1, arbitrary: edited },
      { weight: 1, arbitrary: logout },
      { weight: 1, arbitrary: revoking },
      { weight: 1, arbitrary: revokingAll },
      { weight: 1, arbitrary: changingPassword },
      { weight: 1, arbitrary: expire },
      { weight: 1, arbitrary: remove },
    ),
  ],
  { maxCommands: 32, size: 'max' },
);
