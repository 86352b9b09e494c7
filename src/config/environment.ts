import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { InvalidValue } from './formats.js';
import type { Variable } from './variable.js';
import { variables, type Values, type VariableName } from './variables.js';

/** The variables as read from the environment. */
export interface Reading {
  /** Parsed values and defaults, without those that are malformed. */
  readonly values: Partial<Values>;
  /** The variables that are set, malformed ones included. */
  readonly given: ReadonlySet<VariableName>;
}

/** A problem with one variable. `text` completes "NAME: ..." and never contains a value. */
export interface Problem {
  readonly name: string;
  readonly text: string;
}

/** The variables of a table as read from the environment. */
interface TableReading {
  readonly values: Readonly<Record<string, unknown>>;
  readonly given: ReadonlySet<string>;
  readonly problems: Problem[];
  readonly notices: string[];
}

/** Reads the variables of Gatehouse. */
export const readEnvironment = (
  env: NodeJS.ProcessEnv,
): { reading: Reading; problems: Problem[]; notices: string[] } => {
  const { values, given, problems, notices } = readVariables(env, variables);
  return { reading: { values, given: given as Reading['given'] }, problems, notices };
};

/** Reads every variable of a table, from NAME or from the file that NAME_FILE names. An empty variable counts as unset. */
export const readVariables = (env: NodeJS.ProcessEnv, table: Readonly<Record<string, Variable>>): TableReading => {
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const problems: Problem[] = [];
  const notices: string[] = [];
  for (const [name, variable] of Object.entries(table)) {
    try {
      const text = textOf(env, name);
      if (text !== undefined) given.add(name);
      if (variable.isSecret && isExposed(env[`${name}_FILE`])) notices.push(exposureNotice(name));
      const effective = text ?? variable.default;
      if (effective !== undefined) values[name] = variable.format.parse(effective);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      given.add(name);
      problems.push({ name, text: error.message });
    }
  }
  return { values, given, problems, notices };
};

/** Reads NODE_ENV only: the file of another variable can be a pipe, whose content can be read once. Undefined when it is malformed. */
export const readNodeEnv = (env: NodeJS.ProcessEnv): Values['NODE_ENV'] | undefined => {
  const { format, default: otherwise } = variables.NODE_ENV;
  try {
    return format.parse(textOf(env, 'NODE_ENV') ?? otherwise);
  } catch (error) {
    if (error instanceof InvalidValue) return undefined;
    throw error;
  }
};

/** @throws InvalidValue */
const textOf = (env: NodeJS.ProcessEnv, name: string): string | undefined => {
  const text = env[name] === '' ? undefined : env[name];
  const file = env[`${name}_FILE`] === '' ? undefined : env[`${name}_FILE`];
  if (file === undefined) return text;
  if (text !== undefined) throw new InvalidValue(`${name}_FILE is also set. Remove one of them.`);
  const content = contentOf(file, name).replace(/\r?\n$/, '');
  if (content === '') throw new InvalidValue(`the file in ${name}_FILE is empty.`);
  return content;
};

/** @throws InvalidValue */
const contentOf = (file: string, name: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new InvalidValue(`the file in ${name}_FILE cannot be read.`);
  }
};

/** Docker and Kubernetes mount secrets here, readable by all users of a container that has only one. */
const mountedSecrets = ['/run/secrets/', '/var/run/secrets/'];

/** Whether other users of this machine can read or change a file. Windows has no permission bits. */
const isExposed = (file = ''): boolean => {
  if (file === '' || process.getuid === undefined) return false;
  const path = resolve(file);
  return !mountedSecrets.some((folder) => path.startsWith(folder)) && (statSync(path).mode & 0o066) !== 0;
};

const exposureNotice = (name: string): string =>
  `${name}_FILE names a file that other users of this machine can read or change. Run chmod 600 on it.`;
