import type { Problem, Reading } from './environment.js';
import { isLoopback } from '../values/loopback.js';
import { hasRepeatedKey } from './formats.js';
import type { Variable } from './variable.js';
import { variables } from './variables.js';

/** Checks the rules between several variables, and the requirements of production. */
export const crossCheck = (reading: Reading): Problem[] => [
  ...exposedWithoutNodeEnv(reading),
  ...missingInProduction(reading),
  ...plainHttpInProduction(reading),
  ...mailOffInProduction(reading),
  ...directWithoutDatabase(reading),
  ...weakHashing(reading),
  ...keyWithTwoPurposes(reading),
  ...contradictoryLifetimes(reading),
  ...portWithTwoPurposes(reading),
];

/**
 * A server that is only being tried out has generated keys and a generated administrator. A forgotten variable must not
 * expose it to other machines, so every setting that exposes it or gives it a shared database requires an explicit NODE_ENV.
 */
const exposedWithoutNodeEnv = ({ values, given }: Reading): Problem[] => {
  if (given.has('NODE_ENV')) return [];
  const text = 'requires NODE_ENV to be set to `production`, `development` or `test`.';
  const exposed = (['HOST', 'METRICS_HOST'] as const).filter((name) => !isLoopback(values[name] ?? 'localhost'));
  return [
    ...exposed.map((name) => ({ name, text: `an address that other machines can reach ${text}` })),
    ...(given.has('DATABASE_URL') ? [{ name: 'DATABASE_URL' as const, text }] : []),
  ];
};

/** Returns the variables of a table that production requires and that are not set. */
export const requiredProblems = (
  table: Readonly<Record<string, Variable>>,
  given: ReadonlySet<string>,
  nodeEnv: Reading['values']['NODE_ENV'],
): Problem[] =>
  Object.entries(table)
    .filter(([name, { requiredInProduction }]) => nodeEnv === 'production' && requiredInProduction && !given.has(name))
    .map(([name, { format }]) => ({ name, text: `is required in production and must be ${format.form}.` }));

const missingInProduction = ({ values, given }: Reading): Problem[] => {
  if (values.NODE_ENV !== 'production') return [];
  const required = requiredProblems(variables, given, values.NODE_ENV);
  const needsSecrets = values.SIGNING_ALGORITHM === 'HS256' && !given.has('JWT_SECRETS');
  return needsSecrets
    ? [
        ...required,
        { name: 'JWT_SECRETS', text: `is required with HS256 and must be ${variables.JWT_SECRETS.format.form}.` },
      ]
    : required;
};

/** Passwords, tokens and the links in emails are sent to these URLs. */
const plainHttpInProduction = ({ values }: Reading): Problem[] => {
  if (values.NODE_ENV !== 'production') return [];
  return (['PUBLIC_URL', 'APP_URL'] as const)
    .filter((name) => values[name]?.startsWith('http:') && !isLoopback(new URL(values[name]).hostname))
    .map((name) => ({
      name,
      text: 'must begin with https:// in production, because passwords and tokens are sent to it.',
    }));
};

const mailOffInProduction = ({ values }: Reading): Problem[] => {
  if (values.NODE_ENV !== 'production' || values.MAIL_URL !== 'off' || values.SIGN_UP === 'closed') return [];
  return [
    { name: 'MAIL_URL', text: 'can be `off` in production only with SIGN_UP=closed, because sign-up needs email.' },
  ];
};

const directWithoutDatabase = ({ given }: Reading): Problem[] => {
  if (!given.has('DATABASE_DIRECT_URL') || given.has('DATABASE_URL')) return [];
  return [{ name: 'DATABASE_DIRECT_URL', text: 'is set, but DATABASE_URL is not. Set both, or remove this one.' }];
};

/** @see OWASP Password Storage Cheat Sheet: these sets are equally strong and trade memory for time. */
const minimumSets = [
  { memoryKib: 47_104, passes: 1 },
  { memoryKib: 19_456, passes: 2 },
  { memoryKib: 12_288, passes: 3 },
  { memoryKib: 9_216, passes: 4 },
  { memoryKib: 7_168, passes: 5 },
];

const weakHashing = ({ values }: Reading): Problem[] => {
  const { ARGON2_MEMORY_KIB: memory, ARGON2_PASSES: passes, ARGON2_LANES: lanes, NODE_ENV } = values;
  if (memory === undefined || passes === undefined || lanes === undefined) return [];
  // RFC 9106 section 3.1.
  if (memory < 8 * lanes) return [{ name: 'ARGON2_MEMORY_KIB', text: 'must be at least 8 times ARGON2_LANES.' }];
  if (NODE_ENV === 'test' || minimumSets.some((set) => memory >= set.memoryKib && passes >= set.passes)) return [];
  const sets = minimumSets.map((set) => `${set.memoryKib} with ${set.passes}`).join(', ');
  return [
    {
      name: 'ARGON2_MEMORY_KIB',
      text: `is too low for ARGON2_PASSES. OWASP's minimum values are, as memory with passes: ${sets}.`,
    },
  ];
};

/** Every service that verifies HS256 tokens has their secrets, which must not open the sealed text in the database. */
const keyWithTwoPurposes = ({
  values: { ENCRYPTION_KEYS: encryptionKeys = [], JWT_SECRETS: secrets = [] },
}: Reading): Problem[] => {
  if (!hasRepeatedKey([...encryptionKeys.map(({ key }) => key), ...secrets.map(({ secret }) => secret)])) return [];
  return [
    { name: 'JWT_SECRETS', text: 'contains a key that is also in ENCRYPTION_KEYS. Use each key for one purpose only.' },
  ];
};

/**
 * A session ends with the shorter of its lifetimes, so a longer one that was set has no effect and somebody relies on it.
 * Defaults are shortened instead.
 */
const contradictoryLifetimes = ({ values, given }: Reading): Problem[] => {
  const order = [
    ['SESSION_IDLE_TTL_SECONDS', 'SESSION_ABSOLUTE_TTL_SECONDS'],
    ['ACCESS_TOKEN_TTL_SECONDS', 'SESSION_ABSOLUTE_TTL_SECONDS'],
    ['ACCESS_TOKEN_TTL_SECONDS', 'SESSION_IDLE_TTL_SECONDS'],
    ['REFRESH_GRACE_SECONDS', 'SESSION_IDLE_TTL_SECONDS'],
  ] as const;
  const problems = order
    .filter(([shorter, longer]) => given.has(shorter) && (values[shorter] ?? 0) > (values[longer] ?? Infinity))
    .map(([shorter, longer]) => ({ name: shorter, text: `must not exceed ${longer}.` }));
  return problems.filter(({ name }, index) => problems.findIndex((problem) => problem.name === name) === index);
};

const portWithTwoPurposes = ({ values: { PORT, METRICS_PORT } }: Reading): Problem[] =>
  METRICS_PORT === undefined || METRICS_PORT === 0 || METRICS_PORT !== PORT
    ? []
    : [{ name: 'METRICS_PORT', text: 'is the same port as PORT. Choose another one.' }];
