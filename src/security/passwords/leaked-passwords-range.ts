import { createHash } from 'node:crypto';

import { GatehouseError } from '../../errors.js';
import { createConcurrencyLimiter } from './concurrency-limiter.js';

/** Tells whether a password has leaked, by a query to a range service that does not reveal the password to it. */
export type LeakedPasswordsRange = (password: string) => Promise<boolean>;

/** The range service gave no usable response. The message contains no part of the password or its digest. */
export class RangeUnusable extends Error {
  override readonly name = 'RangeUnusable';
}

export interface RangeOptions {
  /** The URL to which the first five characters of the digest are appended. */
  readonly url: string;
  readonly timeoutSeconds: number;
  /** When the service fails, `open` accepts the password and `closed` refuses the operation. */
  readonly fail: 'open' | 'closed';
  readonly onFailure?: ((error: RangeUnusable) => void) | undefined;
}

const PREFIX_LENGTH = 5;
const CONCURRENCY = 16;
/** Queries that may wait. Time spent in the queue counts toward the timeout. */
const QUEUE = 256;

/** A padded response has about 1,000 lines of some 40 characters. */
const RESPONSE_MAX_BYTES = 512 * 1024;

/**
 * Creates a client of a k-anonymity range service such as Pwned Passwords.
 *
 * The service receives only the first five characters of the SHA-1 digest, which about a thousand leaked passwords share,
 * and padding hides the number of results from an observer of the network. The comparison happens here. The response is
 * limited in time and size, redirects are not followed, and one malformed line makes the whole response invalid, because a
 * truncated list would let a leaked password pass.
 *
 * @throws GatehouseError SERVICE_UNAVAILABLE when the service fails and `fail` is `closed`
 * @see https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange
 */
export const createLeakedPasswordsRange = ({ url, timeoutSeconds, fail, onFailure }: RangeOptions) => {
  const limiter = createConcurrencyLimiter({ concurrency: CONCURRENCY, queue: QUEUE });

  const ask = async (password: string, signal: AbortSignal): Promise<boolean> => {
    const digest = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase();
    const response = await fetch(`${url}${digest.slice(0, PREFIX_LENGTH)}`, {
      headers: { 'add-padding': 'true', 'user-agent': 'gatehouse' },
      redirect: 'manual',
      signal,
    });
    const text = await readResponseText(response);
    return parseLeakedSuffixes(text).has(digest.slice(PREFIX_LENGTH));
  };

  return async (password: string): Promise<boolean> => {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      return await limiter.run(() => ask(password, signal));
    } catch (error) {
      const unusable = error instanceof RangeUnusable ? error : new RangeUnusable(reasonOf(error, signal));
      onFailure?.(unusable);
      if (fail === 'open') return false;
      throw new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5, cause: unusable });
    }
  };
};

// The error messages of fetch contain the URL and thus the prefix of the digest, so they are replaced.
const reasonOf = (error: unknown, { aborted }: AbortSignal): string => {
  if (error instanceof GatehouseError) return `${CONCURRENCY} requests are in progress and ${QUEUE} are waiting`;
  return aborted ? 'no response in time' : 'no connection';
};

/** @throws RangeUnusable */
const readResponseText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.status === 200) {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > RESPONSE_MAX_BYTES) throw new RangeUnusable(`a response of more than ${RESPONSE_MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('latin1');
  }
  await response.body?.cancel();
  throw new RangeUnusable(`a response with status ${response.status}`);
};

/** Parses the digest suffixes with a count above 0; padding has a count of 0. @throws RangeUnusable */
const parseLeakedSuffixes = (text: string): Set<string> => {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const entries = lines.map((line) => /^([0-9A-F]{35}):(\d{1,12})$/i.exec(line));
  if (entries.length === 0 || entries.includes(null))
    throw new RangeUnusable('a response that is not a list of digests');
  return new Set(entries.flatMap((entry) => (Number(entry?.[2]) > 0 ? [(entry?.[1] ?? '').toUpperCase()] : [])));
};
