import { variables } from './variables.js';

/** A variable that is set and that nothing reads, and the name that was probably meant. */
export interface MisspelledVariable {
  readonly name: string;
  readonly meant: string;
}

/**
 * Finds the variables that are set, that nothing reads, and that resemble one of ours which is not set: `MAIL_FORM`,
 * `DATABSE_URL`, `port`. With a misspelled name the server would start with a default, which can be less strict.
 *
 * @param applicationNames the variables of the application
 */
export const misspelledVariables = (
  env: NodeJS.ProcessEnv,
  applicationNames: readonly string[] = [],
): MisspelledVariable[] => {
  const knownNames = [...Object.keys(variables), ...applicationNames].flatMap((name) => [name, `${name}_FILE`]);
  const known: ReadonlySet<string> = new Set(knownNames);
  const longest = Math.max(...knownNames.map(({ length }) => length));
  const isSet = (name: string) => (env[name] ?? '') !== '';
  const missing = knownNames.filter((name) => !isSet(name) && !isSet(counterpartOf(name)));
  return Object.keys(env)
    .filter((name) => isSet(name) && !known.has(name) && name.length <= longest + 2 && /^\w+$/.test(name))
    .flatMap((name) => {
      const meant = missing.find((candidate) => resembles(name.toUpperCase(), candidate));
      return meant === undefined ? [] : [{ name, meant }];
    });
};

/** Returns the warning about a misspelled variable. It contains names only. */
export const misspellingNotice = ({ name, meant }: MisspelledVariable): string =>
  `${name} is set, but nothing reads it. Did you mean ${meant}?`;

/** `NAME` and `NAME_FILE` set the same variable. */
const counterpartOf = (name: string): string =>
  name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : `${name}_FILE`;

/** A short name resembles too many others, so only one edit is accepted in it: `HOME` is not `HOST`. */
const resembles = (name: string, candidate: string): boolean =>
  editDistance(name, candidate) <= (candidate.length < 8 ? 1 : 2);

/** The number of letters that are missing, added or changed, or of neighbors that are swapped (optimal string alignment). */
const editDistance = (a: string, b: string): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isEqual = a[i - 1] === b[j - 1];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      current[j] = Math.min(
        at(previous, j) + 1,
        at(current, j - 1) + 1,
        at(previous, j - 1) + (isEqual ? 0 : 1),
        isSwapped ? at(beforePrevious, j - 2) + 1 : Infinity,
      );
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, b.length);
};

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
