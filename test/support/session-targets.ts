import fc from 'fast-check';

import { generationOf, lives, sessionAt, type Origin, type World } from './session-model.js';

/** How many users there are. */
export const USERS = 2;

/** A token that somebody holds. */
export interface Shown {
  readonly session: number;
  readonly generation: number;
}

/** From where most calls come. */
export const home: Origin = { network: '203.0.113.0/24', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' };
export const origins: fc.Arbitrary<Origin> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(home) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Origin>(
      { ...home, network: '198.51.100.0/24' },
      { ...home, userAgent: 'curl/8.14.1' },
      { network: '198.51.100.0/24', userAgent: 'curl/8.14.1' },
      { network: null, userAgent: null },
    ),
  },
);

/** An index into whatever there is, which begins again at its end. */
export const nth = fc.nat(11);
const choose = <T>(items: readonly T[], index: number): T | undefined => items[index % items.length];
export const anySession = (world: World, index: number) => choose([...world.sessions.keys()], index);

/** Finds a session, mostly one that lives. */
export const sessions = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }), nth)
  .map(([living, index]) => (world: World) => {
    const all = [...world.sessions.keys()];
    return choose(living ? all.filter((session) => lives(world, session)) : all, index);
  });

const NEWEST = -1000;

/**
 * Finds a token so many generations behind its session's row, or the nearest to it that somebody holds. Some are ahead,
 * where the row went back in time. An honest client shows the newest it has.
 */
export const tokens = fc
  .tuple(
    sessions,
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(NEWEST) },
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 3, arbitrary: fc.integer({ min: 2, max: 6 }) },
      { weight: 1, arbitrary: fc.integer({ min: -3, max: -1 }) },
    ),
  )
  .map(([find, behind]) => (world: World): Shown | undefined => {
    const session = find(world);
    if (session === undefined) return undefined;
    const wanted = generationOf(sessionAt(world, session)) - behind;
    const [generation] = sessionAt(world, session).held.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
    return generation === undefined ? undefined : { session, generation };
  });

export const users = fc.nat(USERS - 1).map((user) => () => user);
