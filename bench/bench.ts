/** The environment of a benchmark. */
export interface Bench {
  /** A server whose user may create databases; empty for a benchmark of the embedded database. */
  readonly postgresUrl: string;
  readonly flags: ReadonlySet<string>;
  /** The argument of a benchmark that has one; undefined when it is not given. */
  readonly argument: string | undefined;
  /** Prints whether a requirement is met. When one is not, the command fails after the benchmark has ended. */
  check(requirement: string, isMet: boolean): void;
  /** Registers a cleanup function, which also runs after a failure. They run in reverse order. */
  onEnd(cleanUp: () => unknown): void;
}

export interface Benchmark {
  /** The time after which the benchmark is aborted. */
  readonly minutes: number;
  readonly flags: readonly string[];
  /** The name of its argument, if it has one. */
  readonly argument?: string;
  /** Whether it uses the embedded database and needs no PostgreSQL. */
  readonly embedded?: boolean;
  readonly work: (bench: Bench) => Promise<void>;
}

/**
 * Runs a benchmark until it ends, exceeds its time or is interrupted, and then cleans up.
 *
 * @throws Error when a requirement is not met, the time is exceeded, or a flag or an argument is unknown
 */
export const runBenchmark = async (
  { minutes, flags, argument, embedded = false, work }: Benchmark,
  given: readonly string[],
): Promise<void> => {
  const values = given.filter((word) => !word.startsWith('-'));
  const supported = argument === undefined ? flags : [...flags, argument];
  const unknown = [
    ...given.filter((word) => word.startsWith('-') && !flags.includes(word)),
    ...values.slice(argument === undefined ? 0 : 1),
  ];
  if (unknown.length > 0)
    throw new Error(
      `Unknown option ${unknown.join(', ')}. This benchmark has ${supported.join(', ') || 'no options'}.`,
    );
  const postgresUrl = process.env['TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'] ?? '';
  if (postgresUrl === '' && !embedded)
    throw new Error('This needs PostgreSQL: set TEST_DATABASE_URL, whose user may create databases.');

  const failed: string[] = [];
  const cleanUps: (() => unknown)[] = [];
  const bench: Bench = {
    postgresUrl,
    flags: new Set(given),
    argument: values[0],
    check: (requirement, isMet) => {
      console.log(`${isMet ? 'pass  ' : 'FAILED'} ${requirement}`);
      if (!isMet) failed.push(requirement);
    },
    onEnd: (cleanUp) => cleanUps.unshift(cleanUp),
  };
  const aborted = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`The benchmark did not end within ${minutes} minutes.`)), minutes * 60_000);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(signal)));
  });
  try {
    await Promise.race([work(bench), aborted]);
  } finally {
    for (const cleanUp of cleanUps) {
      // A failure prevents none of the others, and does not hide the error of the benchmark.
      await Promise.resolve()
        .then(cleanUp)
        .catch((error: unknown) => console.error(error));
    }
  }
  if (failed.length > 0) throw new Error(`Failed: ${failed.join('; ')}.`);
};
