import { generationOf, lives, livingOf, use, userAt, type World } from './session-model.js';
import type { SessionSystem } from './session-system.js';

/**
 * What a command changed is true at once, before any notice of it has come: tokens of the sessions that it ended, began
 * again or gave other roles are shown before anything else. Only those are, of which this is no news to the row.
 */
export const checkAtOnce = async (before: World, world: World, system: SessionSystem) => {
  for (const [session, { user, confirmed, held }] of [...world.sessions.entries()].slice(0, before.sessions.length)) {
    const alive = lives(world, session);
    const isSame = alive === lives(before, session) && userAt(world, user).roles === userAt(before, user).roles;
    const generation = held.find((candidate) => !alive || candidate <= confirmed);
    if (isSame || generation === undefined) continue;
    expect(await system.use(session, generation)).toEqual(use(world, session, generation).roles);
  }
};

/** The rows and the record are what the model says. */
export const checkRows = async (world: World, system: SessionSystem) => {
  expect(await system.look()).toEqual(
    world.sessions.map((session, index) => ({
      generation: session.ending === 'GONE' ? null : generationOf(session),
      confirmed: session.ending === 'GONE' ? null : session.confirmed,
      lives: lives(world, index),
      events: session.events.toSorted(),
    })),
  );
};

/** Every access token that anybody holds makes the caller it should, and every user is shown the sessions that live. */
export const checkAll = async (before: World, system: SessionSystem): Promise<void> => {
  let world = before;
  const callers: unknown[] = [];
  const expected: unknown[] = [];
  await system.useAll((session, generation, caller) => {
    const after = use(world, session, generation);
    world = after.world;
    callers.push({ session, generation, roles: caller.kind === 'user' ? caller.roles : undefined });
    expected.push({ session, generation, roles: after.roles });
  });
  expect(callers).toEqual(expected);
  for (const user of world.users.keys()) expect(await system.list(user)).toEqual(livingOf(world, user));
  await checkRows(world, system);
};
