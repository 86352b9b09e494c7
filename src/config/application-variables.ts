import { OperatorError } from '../errors.js';
import { camelCase, type CamelCase } from './camel-case.js';
import type { Variable } from './variable.js';
import { variables as ownVariables } from './variables.js';

/** The variables of an application, by name. */
export type Variables = Readonly<Record<string, Variable>>;

/** The values of the variables of a table: `PAYMENTS_URL` becomes `paymentsUrl`, undefined when it is not set and has no default. */
export type ConfigOf<V extends Variables> = {
  readonly [N in keyof V & string as CamelCase<N>]:
    ReturnType<V[N]['format']['parse']> | (V[N] extends { readonly default: string } ? never : undefined);
};

/** Names that Gatehouse may use in a later release, and those of Node.js. */
const reserved = /^(?:GATEHOUSE|NODE)_/;

/**
 * Checks the names of the variables of the application.
 *
 * @throws OperatorError that names the variable
 */
export const assertApplicationVariables = (variables: Variables): void => {
  const names = Object.keys(variables);
  for (const name of names) {
    const problem = problemOf(name, names);
    if (problem !== undefined)
      throw new OperatorError(`src/app/config.ts: the variable "${name}" ${problem}. Choose another name.`);
  }
};

const problemOf = (name: string, names: readonly string[]): string | undefined => {
  if (Object.hasOwn(ownVariables, name.replace(/_FILE$/, ''))) return "is one of Gatehouse's";
  if (!/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)*$/.test(name))
    return 'does not consist of upper-case words with single underscores';
  if (name.endsWith('_FILE')) return 'ends in _FILE, which every variable has as a second form';
  if (reserved.test(name)) return 'begins with a prefix that is reserved (GATEHOUSE_, NODE_)';
  const twin = names.find((other) => other !== name && camelCase(other) === camelCase(name));
  return twin === undefined ? undefined : `has the same key in the configuration as "${twin}"`;
};
