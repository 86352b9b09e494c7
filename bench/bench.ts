/** What every command of `npm run bench` that asks for PostgreSQL is given. */
export interface Bench {
  /** A server whose user may create databases; empty for a command that runs on the embedded database. */
  readonly postgresUrl: string;
  readonly flags: ReadonlySet<string>;
  /** Says whether something that is promised was kept; when it was not, the command fails at its end. */
  promise(sentence: string, isKept: boolean): void;
  /** Is run at the end, whatever the end is; what was given last is run first. */
  later(release: () => unknown): void;
}

/** A command, how long it may take, and what may be said to it beside its name. */
export interface Command {
  readonly minutes: number;
  readonly flags: readonly string[];
  /** Whether it runs on the embedded database and needs no PostgreSQL. */
  readonly embedded?: boolean;
  readonly work: (bench: Bench) => Promise<void>;
}

/**
 * Runs a command to its end, or until its time is over or somebody interrupts it, and leaves nothing behind.
 *
 * @throws Error when a promise was broken, the time was not enough, or a flag is unknown
 */
export const run = async (
  { minutes, flags, embedded = false, work }: Command,
  given: readonly string[],
): Promise<void> => {
  const unknown = given.filter((flag) => !flags.includes(flag));
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')} here; known: ${flags.join(', ') || 'none'}.`);
  const postgresUrl = process.env['TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'] ?? '';
  if (postgresUrl === '' && !embedded)
    throw new Error('This needs PostgreSQL: set TEST_DATABASE_URL, whose user may create databases.');

  const broken: string[] = [];
  const releases: (() => unknown)[] = [];
  const bench: Bench = {
    postgresUrl,
    flags: new Set(given),
    promise: (sentence, isKept) => {
      console.log(`${isKept ? 'kept  ' : 'BROKEN'} ${sentence}`);
      if (!isKept) broken.push(sentence);
    },
    later: (release) => releases.unshift(release),
  };
  const over = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`It was not done within ${minutes} minutes.`)), minutes * 60_000);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(signal)));
  });
  try {
    await Promise.race([work(bench), over]);
  } finally {
    for (const release of releases) {
      // One that fails keeps none of the others, and does not hide why the command failed.
      await Promise.resolve()
        .then(release)
        .catch((error: unknown) => console.error(error));
    }
  }
  if (broken.length > 0) throw new Error(`Broken: ${broken.join('; ')}.`);
};
