import { InvalidPostgresUrl, type PostgresUrlParts } from './postgres-url-parts.js';

const supported = [
  'host',
  'port',
  'dbname',
  'user',
  'password',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'schema',
  'options',
  'application_name',
] as const;

/** The values of the parameters that are supported, and of the parts of the URL that are another notation of them. */
export type PostgresParameters = Readonly<Partial<Record<(typeof supported)[number], string | undefined>>>;

const deadlines = 'Remove it: the deadlines of connections and statements are fixed.';

/** What to do instead, for parameters of other drivers that operators paste. */
const advice = new Map([
  ['ssl', 'Write `sslmode=verify-full` or `sslmode=disable`.'],
  ['sslaccept', 'Write `sslmode=verify-full` or `sslmode=require`.'],
  ['sslidentity', 'Write `sslcert` and `sslkey`.'],
  ['uselibpqcompat', 'Remove it: `sslmode` means what it means to libpq.'],
  ['channel_binding', 'Remove it, and write `sslmode=verify-full`, which verifies the server.'],
  ['hostaddr', 'Write the address as the host.'],
  ['target_session_attrs', 'Remove it, and name the host that accepts writes.'],
  ['load_balance_hosts', 'Remove it, and name one host.'],
  ['pgbouncer', 'Remove it, and set DATABASE_DIRECT_URL to a URL that bypasses the pooler.'],
  ['connection_limit', 'Remove it, and set DATABASE_POOL_SIZE.'],
  ['pool_timeout', deadlines],
  ['connect_timeout', deadlines],
  ['socket_timeout', deadlines],
  ['statement_timeout', deadlines],
]);

/**
 * Reads the parameters of a URL. `host`, `port`, `dbname`, `user` and `password` may be given as parameters instead of as parts.
 *
 * @throws InvalidPostgresUrl
 */
export const readPostgresParameters = ({ parameters, ...parts }: PostgresUrlParts): PostgresParameters => {
  const values = new Map(
    Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  for (const [index, [name, value]] of parameters.entries()) {
    if (!supported.some((one) => one === name)) {
      const instead = advice.get(name);
      // What follows an `&` in a password looks like the name of a parameter.
      if (instead === undefined && parameters.slice(0, index).some(([before]) => before === 'password')) {
        throw new InvalidPostgresUrl(
          'has a parameter after `password` that is not supported. Remove it, or write `&` in the password as `%26`.',
        );
      }
      throw new InvalidPostgresUrl(`has the parameter \`${name}\`, which is not supported. ${instead ?? 'Remove it.'}`);
    }
    if (value === '') throw new InvalidPostgresUrl(`has the parameter \`${name}\` without a value.`);
    if (values.has(name)) throw new InvalidPostgresUrl(`states \`${name}\` twice.`);
    // Drivers differ on whether `+` is a space. No option needs it literally, and a password may.
    values.set(name, name === 'options' ? value.replaceAll('+', ' ') : value);
  }
  return Object.fromEntries(values);
};
