import { isIP } from 'node:net';
import { resolve } from 'node:path';

import { isDisplayName } from '../values/display-name.js';
import { isLoopback } from '../values/loopback.js';
import { InvalidPostgresUrl } from '../values/postgres-url-parts.js';
import { parsePostgresUrl } from '../values/postgres-url.js';
import { SECRET_BYTES, weaknessOfSecret } from './secret.js';

/** The format of a variable's text, and its parser. */
export interface Format<T> {
  /** Completes the sentence "must be ...", and describes the value in docs/configuration.md. */
  readonly form: string;
  /** @throws InvalidValue */
  readonly parse: (text: string) => T;
}

/** The text of a variable does not have its format. The message completes "NAME: ..." and never quotes the text. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}

/** An encryption key and the id under which sealed values refer to it. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

/** A secret of HS256 and the `kid` under which tokens refer to it. */
export interface HmacSecret {
  readonly kid: string;
  readonly secret: Buffer;
}

/** @param read returns undefined when the text does not have the form */
export const format = <T>(form: string, read: (text: string) => T | undefined): Format<T> => ({
  form,
  parse: (text) => {
    const value = read(text);
    if (value === undefined) throw new InvalidValue(`must be ${form}.`);
    return value;
  },
});

export const oneOf = <const T extends string>(...words: readonly T[]): Format<T> => {
  const form = words.map((word) => `\`${word}\``).join(', ');
  return format(form.replace(/, ([^,]*)$/, ' or $1'), (text) => words.find((word) => word === text));
};

export const flag: Format<boolean> = format('`true` or `false`', (text) =>
  text === 'true' ? true : text === 'false' ? false : undefined,
);

export const wholeNumber = (least: number, most: number): Format<number> =>
  format(`a whole number from ${least} to ${most}`, (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    return number >= least && number <= most ? number : undefined;
  });

export const word: Format<string> = format('1 to 255 printable ASCII characters without a space', (text) =>
  /^[\x21-\x7e]{1,255}$/.test(text) ? text : undefined,
);

/** A name for people, which emails and pages contain. */
export const displayName: Format<string> = format(
  'a name of 1 to 60 characters on one line, without control characters',
  (text) => {
    const name = text.trim();
    return isDisplayName(name) && Array.from(name).length <= 60 ? name : undefined;
  },
);

/** The parsed value is in lower case. */
export const color: Format<string> = format('a color in the form `#rrggbb`', (text) =>
  /^#[\da-f]{6}$/i.test(text) ? text.toLowerCase() : undefined,
);

export const folder: Format<string> = format('the path of a folder', (text) =>
  text.includes('\0') ? undefined : resolve(text),
);

/** Whether text is the host and the port of a URL that can be connected to. Outside http, URL parsers accept any text as a host. */
export const isServer = ({ hostname, port }: URL): boolean =>
  port !== '0' &&
  (isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?\.?$/i.test(hostname));

export const host: Format<string> = format('an IP address or a host name', (text) =>
  isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) ? text : undefined,
);

/** The parsed value has no trailing slash, so that a path can be appended. */
export const httpUrl: Format<string> = format(
  'an http:// or https:// URL without credentials, query or fragment',
  (text) => {
    const url = urlOf(text, ['http:', 'https:']);
    const isPlain = url?.username === '' && url.password === '' && !/[?#]/.test(text);
    return isPlain ? url.origin + url.pathname.replace(/\/+$/, '') : undefined;
  },
);

/**
 * Ends in a slash, so that the five characters of a digest can be appended. They must not be sent unencrypted, and a query or
 * fragment would send them to another resource.
 */
export const rangeUrl: Format<string> = format(
  'an https:// URL (http:// on this machine only) that ends in `/`, without credentials, query or fragment',
  (text) => {
    const url = urlOf(text, ['http:', 'https:']);
    const isPlain = url?.username === '' && url.password === '' && !/[?#]/.test(text) && text.endsWith('/');
    return isPlain && (url.protocol === 'https:' || isLoopback(url.hostname)) ? url.href : undefined;
  },
);

/** The text itself: whatever connects reads it with the same parser. */
export const postgresUrl: Format<string> = {
  form: 'a postgresql:// URL',
  parse: (text) => {
    try {
      parsePostgresUrl(text);
      return text;
    } catch (error) {
      throw error instanceof InvalidPostgresUrl ? new InvalidValue(error.message) : error;
    }
  },
};

/** Without parameters: the client would take each of them for an option, of which some change what a failure does. */
export const redisUrl: Format<string> = format(
  'a redis:// or rediss:// URL with a host, percent-encoded, without parameters or a path except the number of a database',
  (text) => {
    const url = urlOf(text, ['redis:', 'rediss:']);
    const isPlain = url && isServer(url) && /^(?:\/\d{0,5})?$/.test(url.pathname) && !/[?#]/.test(text);
    return isPlain && isDecodable(url.username + url.password) ? text : undefined;
  },
);

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

const originForm = /^[a-z][a-z0-9+.-]*:\/\/(?:[^\s/?#@\\*[\]:]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Exact origins, of websites and of apps (`capacitor://localhost`, `chrome-extension://id`). `*` would trust every page, and
 * `null` is the origin that every sandboxed frame and local file sends. The parsed value is spelled as a browser sends it:
 * scheme and host in lower case, an international domain in ASCII, no default port.
 */
export const origins: Format<readonly string[]> = format(
  'a comma-separated list of origins such as `https://app.example.com` or `capacitor://localhost`, without a path, `*` or `null`',
  (text) => {
    const list = items(text).map(originOf);
    return list.every((origin) => origin !== undefined) ? list : undefined;
  },
);

const originOf = (text: string): string | undefined => {
  const url = originForm.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  // The URL standard gives the origins of other schemes as `null`, but the apps that use them send scheme and host.
  if (!url || url.host === '' || url.protocol === 'file:') return undefined;
  return /^https?:$/.test(url.protocol) ? url.origin : `${url.protocol}//${url.host}`.toLowerCase();
};

/**
 * `true` is refused: a server that trusts every proxy believes every X-Forwarded-For, and callers that choose their address
 * evade every limit by address. For the same reason no range may cover the whole network.
 */
export const trustedProxies: Format<false | number | readonly string[]> = format(
  '`false`, the number of proxies in front of the server (1 to 10), or a comma-separated list of their addresses and CIDR ranges',
  (text) => {
    if (text === 'false' || text === '0') return false;
    if (/^\d+$/.test(text)) return Number(text) <= 10 ? Number(text) : undefined;
    const list = items(text);
    return list.length > 0 && list.every(isRange) ? list : undefined;
  },
);

interface KeyListOptions<T> {
  readonly form: string;
  readonly isLength: (bytes: number) => boolean;
  readonly toKey: (id: string, key: Buffer) => T;
}

const keyList = <T>({ form, isLength, toKey }: KeyListOptions<T>): Format<readonly T[]> =>
  format(`a comma-separated list of keys, each ${form}; \`npm run cli -- secret generate\` prints 32 bytes`, (text) => {
    const keys = items(text).map((item, index) => {
      const position = `key ${index + 1}`;
      const [, id, secret] = /^([^:]*):([^:]*)$/.exec(item) ?? [];
      if (id === undefined || secret === undefined) throw new InvalidValue(`${position} must be ${form}.`);
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(id))
        throw new InvalidValue(`the id of ${position} must have 1 to 32 characters from A-Z, a-z, 0-9, _ and -.`);
      const problem = weaknessOfSecret(secret);
      if (problem !== undefined)
        throw new InvalidValue(`${position} ${problem}. Generate one with \`npm run cli -- secret generate\`.`);
      const key = Buffer.from(secret, 'base64url');
      if (!isLength(key.length)) throw new InvalidValue(`${position} must be ${form}.`);
      return { id, key };
    });
    if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new InvalidValue('two keys have the same id.');
    if (hasRepeatedKey(keys.map(({ key }) => key))) throw new InvalidValue('the same key has two ids.');
    return keys.length === 0 ? undefined : keys.map(({ id, key }) => Object.freeze(toKey(id, key)));
  });

/** Keys of exactly 32 bytes, as AES-256-GCM requires. The first one seals, all of them open. */
export const encryptionKeys = keyList<EncryptionKey>({
  form: '`id:base64url` of 32 bytes',
  isLength: (bytes) => bytes === SECRET_BYTES,
  toKey: (id, key) => ({ id, key }),
});

/**
 * Secrets of at least 32 bytes. The first one signs, all of them verify.
 *
 * @see RFC 7518 section 3.2: a secret has at least as many bytes as the hash
 */
export const hmacSecrets = keyList<HmacSecret>({
  form: '`kid:base64url` of 32 bytes or more',
  isLength: (bytes) => bytes >= SECRET_BYTES,
  toKey: (kid, secret) => ({ kid, secret }),
});

export const hasRepeatedKey = (keys: readonly Buffer[]): boolean =>
  new Set(keys.map((key) => key.toString('base64url'))).size < keys.length;

const items = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const isRange = (text: string): boolean => {
  const [, address = '', , prefix] = /^([^/]*)(\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  return prefix === undefined || (Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128));
};

const urlOf = (text: string, protocols: readonly string[]): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && protocols.includes(url.protocol) ? url : undefined;
};
