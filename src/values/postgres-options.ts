import { InvalidPostgresUrl } from './postgres-url-parts.js';

/** A setting of PostgreSQL's command line. */
interface Setting {
  /** In lower case, with underscores. */
  readonly name: string;
  readonly value: string;
}

/**
 * What Gatehouse sets itself, because it reads times and writes SQL in one form and has limits of its own. Another value would
 * be overwritten, in some connections only.
 */
const ownSettings = new Set([
  'client_encoding',
  'timezone',
  'datestyle',
  'standard_conforming_strings',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
]);

/**
 * Reads the parameter `options`: `-c name=value` or `--name=value`, separated by white space, with `\` before a character that
 * is meant literally.
 *
 * @throws InvalidPostgresUrl
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
 */
export const readPostgresOptions = (options: string): Setting[] => {
  // A `\` at the end would join the last value with what is appended to the options.
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(options)) throw invalidOptions();
  const words = [...options.matchAll(/(?:\\[^]|[^\s\\])+/g)].map(([word]) => word.replace(/\\([^])/g, '$1'));
  const settings: Setting[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const text = word === '-c' ? (words[(index += 1)] ?? '') : word.replace(/^(-c|--)(?=[^-])/, '');
    const [, name, value] = /^([A-Za-z_][\w.-]*)=([^]*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined || (text === word && word !== '-c')) throw invalidOptions();
    settings.push({ name: name.toLowerCase().replaceAll('-', '_'), value });
  }
  const own = settings.find(({ name }) => ownSettings.has(name));
  if (own) throw new InvalidPostgresUrl(`sets \`${own.name}\` in \`options\`, which Gatehouse sets itself. Remove it.`);
  return settings;
};

const invalidOptions = (): InvalidPostgresUrl =>
  new InvalidPostgresUrl(
    'must have `-c name=value` as its `options`. Write white space in a value as `\\` and a space.',
  );
