import { availableParallelism } from 'node:os';

import { crossCheck } from './cross-checks.js';
import { developmentSecret, prepareDataDir, UnusableDataDir, type GeneratedVariable } from './development-secrets.js';
import { readEnvironment, type Problem, type Reading } from './environment.js';
import { isLoopback, InvalidValue, type NamedKey } from './formats.js';
import type { MailTarget } from './mail-url.js';
import { variables, type Values } from './variables.js';

/** The configuration of one server. Each field is the variable of the same name; docs/configuration.md says what it is for. */
export interface Config {
  readonly nodeEnv: Values['NODE_ENV'];
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** Without a slash at its end. Absent: links lead to PUBLIC_URL, which answers them with pages of its own. */
  readonly appUrl?: string | undefined;
  /** Absent: no metrics. */
  readonly metricsPort?: number | undefined;
  readonly logLevel: Values['LOG_LEVEL'];
  readonly introspection: boolean;
  /** An absolute path. The folder exists when something in this configuration needs it. */
  readonly dataDir: string;
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly databaseDirectUrl?: string | undefined;
  readonly migrate: Values['MIGRATE'];
  /** At least one, 32 bytes each. The first one seals, all of them open. */
  readonly encryptionKeys: readonly NamedKey[];
  readonly signingAlgorithm: Values['SIGNING_ALGORITHM'];
  /** At least one, of 32 bytes or more, with HS256; none with any other algorithm. The first one signs, all of them verify. */
  readonly jwtSecrets: readonly { readonly kid: string; readonly secret: Buffer }[];
  readonly tokenIssuer: string;
  readonly tokenAudience: string;
  readonly accessTokenTtlSeconds: number;
  readonly sessionIdleTtlSeconds: number;
  readonly sessionAbsoluteTtlSeconds: number;
  readonly sessionsPerUser: number;
  readonly refreshGraceSeconds: number;
  /** Characters. */
  readonly passwordMinLength: number;
  /** Ends in a slash; absent: no service is asked. */
  readonly leakedPasswordsUrl?: string | undefined;
  readonly leakedPasswordsTimeoutSeconds: number;
  readonly leakedPasswordsFail: Values['LEAKED_PASSWORDS_FAIL'];
  readonly argon2MemoryKib: number;
  readonly argon2Passes: number;
  readonly argon2Lanes: number;
  readonly hashConcurrency: number;
  readonly hashQueue: number;
  readonly signUp: Values['SIGN_UP'];
  readonly requireVerifiedEmail: boolean;
  /** `file:`, `off`, or a server, read from an smtp:// or smtps:// URL. */
  readonly mailUrl: MailTarget;
  readonly mailFrom: string;
  readonly mailsPerAddressPerHour: number;
  readonly mailRequestsPerNetworkPerHour: number;
  /** An absolute path; absent: only the texts that are built in. */
  readonly mailTemplatesDir?: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: Values['TRUST_PROXY'];
  /** Sentences that an operator should read when the server starts: what was generated, what is weaker than it could be. */
  readonly notices: readonly string[];
}

/** Everything that is wrong with the environment, at once. Neither message nor problems hold a value, so both may be logged. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly Problem[]) {
    super(['The configuration cannot be used.', ...problems.map(({ name, text }) => `${name}: ${text}`)].join('\n'));
  }
}

/**
 * Reads the environment; the only place that does. An empty variable counts as unset, and each is also taken from the file
 * that NAME_FILE names. Outside production, keys that are missing are made in DATA_DIR, once.
 *
 * @throws ConfigError
 */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => {
  const { reading, problems } = readEnvironment(env);
  problems.push(...crossCheck(reading), ...unusableDataDir(reading));
  if (problems.length > 0) throw new ConfigError(problems);

  const made = missingKeys(reading).map((name) => makeKey(reading, name));
  // Nothing was wrong, so each variable that must have a value has one.
  const values = { ...reading.values, ...Object.fromEntries(made.map(({ name, keys }) => [name, keys])) } as Values;
  return configOf(
    values,
    made.flatMap(({ notice }) => notice),
  );
};

/** Of the keys that this configuration uses, those that are made when they are not given: never in production. */
const missingKeys = ({ values, given }: Reading): GeneratedVariable[] => {
  if (values.NODE_ENV !== 'development' && values.NODE_ENV !== 'test') return [];
  const used: GeneratedVariable[] =
    values.SIGNING_ALGORITHM === 'HS256' ? ['ENCRYPTION_KEYS', 'JWT_SECRETS'] : ['ENCRYPTION_KEYS'];
  return used.filter((name) => !given.has(name));
};

const unusableDataDir = (reading: Reading): Problem[] => {
  const { values, given } = reading;
  const atHome = values.NODE_ENV !== 'production' && !(given.has('DATABASE_URL') && given.has('MAIL_URL'));
  const isNeeded = atHome || values.MAIL_URL === 'file:' || missingKeys(reading).length > 0;
  if (values.DATA_DIR === undefined || !isNeeded) return [];
  try {
    prepareDataDir(values.DATA_DIR);
    return [];
  } catch (error) {
    return [dataDirProblem(error)];
  }
};

const makeKey = (
  { values }: Reading,
  name: GeneratedVariable,
): { name: GeneratedVariable; keys: unknown; notice: string[] } => {
  try {
    const { text, file, isNew } = developmentSecret(values.DATA_DIR ?? '', name);
    return {
      name,
      keys: variables[name].format.parse(text),
      notice: isNew ? [`${name} is not set: generated into ${file}.`] : [],
    };
  } catch (error) {
    throw new ConfigError([dataDirProblem(error, name)]);
  }
};

const dataDirProblem = (error: unknown, name?: GeneratedVariable): Problem => {
  if (error instanceof UnusableDataDir) return { name: 'DATA_DIR', text: error.message };
  if (error instanceof InvalidValue)
    return { name: 'DATA_DIR', text: `its file for ${name ?? 'a key'} is damaged: ${error.message}` };
  throw error;
};

const configOf = (values: Values, generated: readonly string[]): Config => {
  const isProduction = values.NODE_ENV === 'production';
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  const notices = [...generated];
  if (!values.REQUIRE_VERIFIED_EMAIL) {
    notices.push('REQUIRE_VERIFIED_EMAIL is false: sign-up tells a stranger which addresses have an account.');
  }
  if (values.MAIL_URL instanceof Object && values.MAIL_URL.tls === 'none' && !isLoopback(values.MAIL_URL.host)) {
    notices.push('MAIL_URL has tls=off: the links of mails can be read on their way to the mail server.');
  }
  return Object.freeze<Config>({
    nodeEnv: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    publicUrl,
    appUrl: values.APP_URL,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    introspection: values.INTROSPECTION ?? !isProduction,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    migrate: values.MIGRATE,
    encryptionKeys: Object.freeze(values.ENCRYPTION_KEYS ?? []),
    signingAlgorithm: values.SIGNING_ALGORITHM,
    jwtSecrets: Object.freeze(values.SIGNING_ALGORITHM === 'HS256' ? jwtSecretsOf(values.JWT_SECRETS) : []),
    tokenIssuer: values.TOKEN_ISSUER ?? publicUrl,
    tokenAudience: values.TOKEN_AUDIENCE ?? publicUrl,
    accessTokenTtlSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
    sessionIdleTtlSeconds: Math.min(values.SESSION_IDLE_TTL_SECONDS, values.SESSION_ABSOLUTE_TTL_SECONDS),
    sessionAbsoluteTtlSeconds: values.SESSION_ABSOLUTE_TTL_SECONDS,
    sessionsPerUser: values.SESSIONS_PER_USER,
    refreshGraceSeconds: values.REFRESH_GRACE_SECONDS,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    leakedPasswordsUrl: values.LEAKED_PASSWORDS_URL,
    leakedPasswordsTimeoutSeconds: values.LEAKED_PASSWORDS_TIMEOUT_SECONDS,
    leakedPasswordsFail: values.LEAKED_PASSWORDS_FAIL,
    argon2MemoryKib: values.ARGON2_MEMORY_KIB,
    argon2Passes: values.ARGON2_PASSES,
    argon2Lanes: values.ARGON2_LANES,
    hashConcurrency: values.HASH_CONCURRENCY ?? Math.min(availableParallelism(), 3),
    hashQueue: values.HASH_QUEUE,
    signUp: values.SIGN_UP,
    requireVerifiedEmail: values.REQUIRE_VERIFIED_EMAIL,
    mailUrl: values.MAIL_URL ?? 'file:',
    mailFrom: values.MAIL_FROM ?? `no-reply@${mailDomain(publicUrl)}`,
    mailsPerAddressPerHour: values.MAILS_PER_ADDRESS_PER_HOUR,
    mailRequestsPerNetworkPerHour: values.MAIL_REQUESTS_PER_NETWORK_PER_HOUR,
    mailTemplatesDir: values.MAIL_TEMPLATES_DIR,
    corsOrigins: Object.freeze(values.CORS_ORIGINS ?? []),
    trustProxy: values.TRUST_PROXY,
    notices: Object.freeze(notices),
  });
};

const jwtSecretsOf = (keys: readonly NamedKey[] = []): Config['jwtSecrets'] =>
  keys.map(({ id, key }) => Object.freeze({ kid: id, secret: key }));

const mailDomain = (publicUrl: string): string => {
  const { hostname } = new URL(publicUrl);
  return isLoopback(hostname) ? 'localhost' : hostname;
};
