import argon2 from 'argon2';

import { digestOf, encodeBase64, saltOf } from './hash-text.js';

/** An argon2 hash: the parameters of its PHC string, its salt and its digest. */
export interface Argon2Hash {
  readonly type: 'argon2id' | 'argon2i' | 'argon2d';
  /** Absent in hashes that are older than the field; they have version 16. */
  readonly version: 16 | 19 | undefined;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

const form =
  /^\$(argon2(?:id|i|d))(?:\$v=(16|19))?\$([a-z]{1,8}=\d{1,10}(?:,[a-z]{1,8}=\d{1,10}){2})\$([^$]+)\$([^$]+)$/;

/**
 * Parses an argon2 hash; returns undefined for any other text. The parameters are named, and implementations write them in
 * different orders, `m,t,p` and `m,p,t` among them, so they are read by name.
 *
 * @see RFC 9106 section 3.1, https://github.com/P-H-C/phc-string-format
 */
export const parseArgon2Hash = (text: string): Argon2Hash | undefined => {
  const [, type, version, parameters = '', saltText = '', digestText = ''] = form.exec(text) ?? [];
  const named = new Map(parameters.split(',').map((parameter) => parameter.split('=') as [string, string]));
  const [memoryKib, passes, lanes] = ['m', 't', 'p'].map((name) => integerOf(named.get(name)));
  const salt = saltOf(saltText, 8);
  const digest = digestOf(digestText);
  if (!type || !memoryKib || !passes || !lanes || memoryKib < 8 * lanes || !salt || !digest) return undefined;
  return {
    type: type as Argon2Hash['type'],
    version: version === undefined ? undefined : version === '16' ? 16 : 19,
    memoryKib,
    passes,
    lanes,
    salt,
    digest,
  };
};

const integerOf = (text = ''): number => (/^[1-9]\d*$/.test(text) ? Number(text) : 0);

/** Formats a hash with its parameters in the order of RFC 9106, so that equal parameters are equal text. */
export const formatArgon2Hash = ({ type, version, memoryKib, passes, lanes, salt, digest }: Argon2Hash): string =>
  `$${type}${version === undefined ? '' : `$v=${version}`}$m=${memoryKib},t=${passes},p=${lanes}` +
  `$${encodeBase64(salt)}$${encodeBase64(digest)}`;

/** Tells whether a password, as bytes, matches the hash. */
export const verifyArgon2Hash = (hash: Argon2Hash, password: Buffer): Promise<boolean> =>
  argon2.verify(formatArgon2Hash(hash), password);
