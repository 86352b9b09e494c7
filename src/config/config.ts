import { assertApplicationVariables, type Variables } from './application-variables.js';
import { camelCase, type CamelCase } from './camel-case.js';
import { computeValues } from './computed-values.js';
import { crossCheck, requiredProblems } from './cross-checks.js';
import { developmentSecret, prepareDataDir, UnusableDataDir, type GeneratedVariable } from './development-secrets.js';
import { withEnvFile } from './env-file.js';
import { readEnvironment, readNodeEnv, readVariables, type Problem, type Reading } from './environment.js';
import { InvalidValue } from './formats.js';
import { misspelledVariables, misspellingNotice } from './misspelled-variables.js';
import { OperatorError } from '../errors.js';
import type { ApplicationConfig } from '../values/application-types.js';
import { isLoopback } from '../values/loopback.js';
import { isExposed, parsePostgresUrl } from '../values/postgres-url.js';
import { variables, type Values, type VariableName } from './variables.js';

type ComputedValues = ReturnType<typeof computeValues>;

type Fields = {
  readonly [N in VariableName as CamelCase<N>]: N extends keyof ComputedValues ? ComputedValues[N] : Values[N];
};

/**
 * The configuration of one server: a field for each variable of `variables`, which docs/configuration.md describes. A field
 * is undefined when its variable is not set and has no default.
 */
export interface Config extends Fields {
  /** The values of the variables of src/app/config.ts. */
  readonly application: ApplicationConfig;
  /** Warnings for the operator, to be logged at startup: keys that were generated, misspelled names, settings that weaken a protection. */
  readonly notices: readonly string[];
}

/** All problems of the environment. Neither the message nor the problems contain a value, so both may be logged. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';

  constructor(
    readonly problems: readonly Problem[],
    notices: readonly string[] = [],
  ) {
    super(
      [
        'The configuration is invalid. Correct these variables:',
        ...problems.map(({ name, text }) => `${name}: ${text}`),
        ...notices,
      ].join('\n'),
    );
  }
}

/**
 * Reads the configuration from an environment. By default it is that of the process, completed by the file `.env` of the
 * current folder in development; no other code reads either. Outside production, keys that are not set are generated into
 * DATA_DIR.
 *
 * @param applicationVariables those of the application; none for a command that runs no code of it
 * @throws ConfigError with all problems at once, OperatorError for a name that the application may not use, or UnusableEnvFile
 */
export const loadConfig = (
  env: NodeJS.ProcessEnv = processEnvironment(),
  applicationVariables: Variables = {},
): Config => {
  assertApplicationVariables(applicationVariables);
  const { reading, problems, notices } = readEnvironment(env);
  const application = readVariables(env, applicationVariables);
  notices.push(
    ...application.notices,
    ...misspelledVariables(env, Object.keys(applicationVariables)).map(misspellingNotice),
  );
  problems.push(
    ...crossCheck(reading),
    ...dataDirProblems(reading),
    ...application.problems,
    ...requiredProblems(applicationVariables, application.given, reading.values.NODE_ENV),
  );
  if (problems.length > 0) throw new ConfigError(problems, notices);

  const generated = missingKeys(reading).map((name) => generateKeys(reading, name));
  // Without problems, every variable with a default has a value.
  const values = {
    ...reading.values,
    ...Object.fromEntries(generated.map(({ name, keys }) => [name, keys])),
  } as Values;
  return configOf(values, applicationConfigOf(application.values, applicationVariables), [
    ...generated.flatMap(({ notice }) => notice),
    ...notices,
    ...weaknesses(values),
  ]);
};

/** Adds the file `.env` in development. The file cannot switch to production, where it would not be read. */
const processEnvironment = (): NodeJS.ProcessEnv => {
  if (readNodeEnv(process.env) !== 'development') return process.env;
  const env = withEnvFile(process.env, process.cwd());
  if (readNodeEnv(env) === 'production')
    throw new ConfigError([
      {
        name: 'NODE_ENV',
        text: 'cannot be `production` in the file .env. Set it in the environment, with every other variable.',
      },
    ]);
  return env;
};

/** Returns the keys that this configuration needs but that are not set. They are generated, never in production. */
const missingKeys = ({ values, given }: Reading): GeneratedVariable[] => {
  if (values.NODE_ENV !== 'development' && values.NODE_ENV !== 'test') return [];
  const needed: GeneratedVariable[] =
    values.SIGNING_ALGORITHM === 'HS256' ? ['ENCRYPTION_KEYS', 'JWT_SECRETS'] : ['ENCRYPTION_KEYS'];
  return needed.filter((name) => !given.has(name));
};

/** Creates DATA_DIR when this configuration needs it: for the embedded database, for emails as files, or for generated keys. */
const dataDirProblems = (reading: Reading): Problem[] => {
  const { values, given } = reading;
  const keepsData = values.NODE_ENV !== 'production' && !(given.has('DATABASE_URL') && given.has('MAIL_URL'));
  const isNeeded = keepsData || values.MAIL_URL === 'file:' || missingKeys(reading).length > 0;
  if (values.DATA_DIR === undefined || !isNeeded) return [];
  try {
    prepareDataDir(values.DATA_DIR);
    return [];
  } catch (error) {
    return [dataDirProblem(error)];
  }
};

const generateKeys = (
  { values }: Reading,
  name: GeneratedVariable,
): { name: GeneratedVariable; keys: unknown; notice: string[] } => {
  try {
    const { text, file, isNew } = developmentSecret(values.DATA_DIR ?? '', name);
    return {
      name,
      keys: variables[name].format.parse(text),
      notice: isNew ? [`${name} is not set. A key was generated and stored in ${file}.`] : [],
    };
  } catch (error) {
    throw new ConfigError([dataDirProblem(error, name)]);
  }
};

const dataDirProblem = (error: unknown, name?: GeneratedVariable): Problem => {
  if (error instanceof UnusableDataDir) return { name: 'DATA_DIR', text: error.message };
  if (error instanceof InvalidValue)
    return {
      name: 'DATA_DIR',
      text: `its file for ${name ?? 'a key'} is damaged: ${error.message} Restore the file from a backup.`,
    };
  throw error;
};

/** Returns the warnings about settings that weaken a protection. */
const weaknesses = (values: Values): string[] => {
  const notices: string[] = [];
  if (!values.REQUIRE_VERIFIED_EMAIL) {
    notices.push('REQUIRE_VERIFIED_EMAIL is false: sign-up reveals which email addresses have an account.');
  }
  for (const name of ['DATABASE_URL', 'DATABASE_DIRECT_URL'] as const) {
    const url = values[name];
    if (url !== undefined && isExposed(parsePostgresUrl(url))) {
      notices.push(
        `${name} leads to another machine and does not require TLS: others on the way can read and change everything. Add \`sslmode=verify-full\`.`,
      );
    }
  }
  if (values.REDIS_URL !== undefined && isRedisExposed(new URL(values.REDIS_URL))) {
    notices.push(
      'REDIS_URL leads to another machine without TLS: others on the way can read its password and reset rate limits. Write rediss://.',
    );
  }
  if (values.MAIL_URL instanceof Object && values.MAIL_URL.tls === 'none' && !isLoopback(values.MAIL_URL.host)) {
    notices.push('MAIL_URL has tls=off: the links in emails can be read on the way to the mail server.');
  }
  return notices;
};

const isRedisExposed = ({ protocol, hostname }: URL): boolean => protocol === 'redis:' && !isLoopback(hostname);

const configOf = (values: Values, application: ApplicationConfig, notices: readonly string[]): Config => {
  const all: Readonly<Record<VariableName, unknown>> = { ...values, ...computeValues(values) };
  const fields = (Object.keys(variables) as VariableName[]).map((name) => [camelCase(name), frozen(all[name])]);
  return Object.freeze({ ...(Object.fromEntries(fields) as Fields), application, notices: Object.freeze(notices) });
};

/** The members of ApplicationConfig are derived from the same table. */
const applicationConfigOf = (values: Readonly<Record<string, unknown>>, table: Variables): ApplicationConfig => {
  const fields: unknown = Object.fromEntries(Object.keys(table).map((name) => [camelCase(name), frozen(values[name])]));
  return Object.freeze(fields as ApplicationConfig);
};

const frozen = (value: unknown): unknown => (Array.isArray(value) ? Object.freeze(value) : value);
