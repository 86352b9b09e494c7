import type { Role } from '../../src/values/roles.js';

/** From where a call comes. */
export interface Origin {
  readonly network: string | null;
  readonly userAgent: string | null;
}

export interface ModelUser {
  readonly enabled: boolean;
  readonly roles: readonly Role[];
}

/** A session as the contract speaks of it. */
export interface ModelSession {
  /** The index of its user. */
  readonly user: number;
  /** From where each generation was asked for. The last is the current one, so their number is its number. */
  readonly origins: readonly Origin[];
  /** The newest generation of which an access token was accepted; 0 while there is none. */
  readonly confirmed: number;
  /** Whether the last rotation is within the grace. */
  readonly inGrace: boolean;
  readonly ending: 'REVOKED' | 'OVER' | 'GONE' | undefined;
  /** What was put on record of its refresh tokens. */
  readonly events: readonly string[];
  /** The generations whose tokens somebody holds, in order: not those whose answer was lost. */
  readonly held: readonly number[];
}

/** Everything that the contract's table depends on. */
export interface World {
  readonly users: readonly ModelUser[];
  readonly sessions: readonly ModelSession[];
}

/** What the table is asked about. */
interface Found {
  readonly lives: boolean;
  /** How many generations the presented token is behind the row; negative when it is ahead. */
  readonly behind: number;
  readonly inGrace: boolean;
  readonly confirmed: boolean;
  /** Both network and user agent differ from the call that rotated. */
  readonly stranger: boolean;
}

interface Row {
  readonly found: string;
  readonly holds: (found: Found) => boolean;
  readonly answer: 'NEXT' | 'CURRENT' | 'REFUSED';
  readonly event?: string;
  readonly revokes?: true;
}

/** The contract's table of refresh tokens, in its order: the first row that holds decides. */
export const refreshTable: readonly Row[] = [
  { found: 'the current one of a live session', holds: (is) => is.lives && is.behind === 0, answer: 'NEXT' },
  { found: 'no session, revoked, over, user disabled', holds: (is) => !is.lives, answer: 'REFUSED' },
  {
    found: 'one behind, within the grace or while the current one is unconfirmed',
    holds: (is) => is.behind === 1 && (is.inGrace || !is.confirmed) && !is.stranger,
    answer: 'CURRENT',
    event: 'REFRESH_REPEATED',
  },
  {
    found: 'the same, by another program on another network',
    holds: (is) => is.behind === 1 && (is.inGrace || !is.confirmed) && is.stranger,
    answer: 'REFUSED',
    event: 'REFRESH_MISMATCHED',
  },
  {
    found: 'older, within the grace',
    holds: (is) => is.behind > 0 && is.inGrace,
    answer: 'REFUSED',
    event: 'REFRESH_LATE',
  },
  {
    found: 'older otherwise',
    holds: (is) => is.behind > 0,
    answer: 'REFUSED',
    event: 'REFRESH_REPLAYED',
    revokes: true,
  },
  { found: 'ahead of the row', holds: () => true, answer: 'REFUSED', event: 'REFRESH_AHEAD', revokes: true },
];

export const sessionAt = (world: World, index: number): ModelSession => {
  const session = world.sessions[index];
  if (!session) throw new RangeError(`there is no session ${index}`);
  return session;
};

export const userAt = (world: World, index: number): ModelUser => {
  const user = world.users[index];
  if (!user) throw new RangeError(`there is no user ${index}`);
  return user;
};

export const generationOf = ({ origins }: ModelSession): number => origins.length;

export const lives = (world: World, index: number): boolean => {
  const { ending, user } = sessionAt(world, index);
  return ending === undefined && userAt(world, user).enabled;
};

/** The sessions of a user that live. */
export const livingOf = (world: World, user: number): number[] =>
  world.sessions.flatMap((session, index) => (session.user === user && lives(world, index) ? [index] : []));

export const changeSession = (world: World, index: number, change: Partial<ModelSession>): World => ({
  ...world,
  sessions: world.sessions.map((session, at) => (at === index ? { ...session, ...change } : session)),
});

export const changeUser = (world: World, index: number, change: Partial<ModelUser>): World => ({
  ...world,
  users: world.users.map((user, at) => (at === index ? { ...user, ...change } : user)),
});

/** Begins a session, whose index is the last. */
export const begin = (world: World, user: number, origin: Origin): World => ({
  ...world,
  sessions: [
    ...world.sessions,
    { user, origins: [origin], confirmed: 0, inGrace: true, ending: undefined, events: [], held: [1] },
  ],
});

/** Revokes some sessions. One that is over or gone stays so. */
export const revoke = (world: World, indexes: readonly number[]): World =>
  indexes.reduce(
    (before, index) => changeSession(before, index, { ending: sessionAt(before, index).ending ?? 'REVOKED' }),
    world,
  );

/** Revokes every session of a user, but one if it is named. */
export const revokeAllOf = (world: World, user: number, but?: number): World =>
  revoke(
    world,
    [...world.sessions.keys()].filter((index) => sessionAt(world, index).user === user && index !== but),
  );

/** Puts a session's row back to what it was at an earlier generation, before whatever ended it. */
export const restore = (world: World, index: number, generation: number): World => {
  const { origins, confirmed } = sessionAt(world, index);
  return changeSession(world, index, {
    origins: origins.slice(0, generation),
    confirmed: Math.min(confirmed, generation),
    inGrace: false,
    ending: undefined,
  });
};

/** Shows a refresh token of some generation. `answered` is the generation of the tokens that come back. */
export const refresh = (
  world: World,
  index: number,
  presented: number,
  origin: Origin,
): { world: World; row: Row; answered: number | undefined } => {
  const session = sessionAt(world, index);
  const generation = generationOf(session);
  const rotated = session.origins.at(-1);
  const found: Found = {
    lives: lives(world, index),
    behind: generation - presented,
    inGrace: session.inGrace,
    confirmed: session.confirmed === generation,
    stranger: origin.network !== rotated?.network && origin.userAgent !== rotated?.userAgent,
  };
  const row = refreshTable.find(({ holds }) => holds(found));
  if (!row) throw new Error('the table has no such row');
  const rotation = row.answer === 'NEXT' ? { origins: [...session.origins, origin], inGrace: true } : {};
  const events = row.event === undefined ? session.events : [...session.events, row.event];
  const after = changeSession(world, index, { ...rotation, events });
  const answered = { NEXT: generation + 1, CURRENT: generation, REFUSED: undefined }[row.answer];
  return { world: row.revokes ? revoke(after, [index]) : after, row, answered };
};

/** Notes that an answer arrived. */
export const hold = (world: World, index: number, generation: number): World => {
  const { held } = sessionAt(world, index);
  return changeSession(world, index, { held: [...new Set([...held, generation])].sort((a, b) => a - b) });
};

/** Shows an access token of some generation. `roles` are those of the caller it makes, if it makes one. */
export const use = (
  world: World,
  index: number,
  generation: number,
): { world: World; roles: readonly Role[] | undefined } => {
  if (!lives(world, index)) return { world, roles: undefined };
  const session = sessionAt(world, index);
  // A token from a future that the row has not reached proves nothing of the generation that will bear its number.
  const confirms = generation > session.confirmed && generation <= generationOf(session);
  return {
    world: confirms ? changeSession(world, index, { confirmed: generation }) : world,
    roles: userAt(world, session.user).roles,
  };
};
