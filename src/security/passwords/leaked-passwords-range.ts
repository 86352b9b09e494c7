import { createHash } from 'node:crypto';

import { GatehouseError } from '../../errors.js';
import { createConcurrencyLimiter } from './concurrency-limiter.js';

/** Whether a password is known to have leaked, by a service that never learns which password was meant. */
export type LeakedPasswordsRange = (password: string) => Promise<boolean>;

/** Why a service was of no use; holds nothing of the password, nor of its digest. */
export class RangeUnusable extends Error {
  override readonly name = 'RangeUnusable';
}

/** Where the service is, and what counts while it is of no use. */
export interface RangeOptions {
  /** The five characters are appended to it. */
  readonly url: string;
  readonly timeoutSeconds: number;
  readonly fail: 'open' | 'closed';
  /** Told of each failure, so that a service that is away does not go unnoticed. */
  readonly onFailure?: ((error: RangeUnusable) => void) | undefined;
}

const PREFIX_LENGTH = 5;
const CONCURRENCY = 16;
/** Those who wait do so within their own time. */
const QUEUE = 256;

/** A padded range has about a thousand lines of some forty characters. */
const ANSWER_MAX_BYTES = 512 * 1024;

/**
 * Asks a range service whether a password has leaked.
 *
 * Only the first five characters of its SHA-1 go out, which about a thousand leaked passwords share, and padding hides from who
 * watches the wire how many came back. The answer is compared here. It is bounded in time and in size, no redirection is
 * followed, and one line that is none makes the whole answer none: half an answer would let a leaked password pass.
 *
 * @throws SERVICE_UNAVAILABLE when the service is of no use and `fail` is `closed`
 * @see https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange
 */
export const createLeakedPasswordsRange = ({ url, timeoutSeconds, fail, onFailure }: RangeOptions) => {
  const gate = createConcurrencyLimiter({ concurrency: CONCURRENCY, queue: QUEUE });

  const ask = async (password: string, signal: AbortSignal): Promise<boolean> => {
    const digest = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase();
    const response = await fetch(`${url}${digest.slice(0, PREFIX_LENGTH)}`, {
      headers: { 'add-padding': 'true', 'user-agent': 'gatehouse' },
      redirect: 'manual',
      signal,
    });
    const text = await textOf(response);
    return suffixesIn(text).has(digest.slice(PREFIX_LENGTH));
  };

  return async (password: string): Promise<boolean> => {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      return await gate.run(() => ask(password, signal));
    } catch (error) {
      const unusable = error instanceof RangeUnusable ? error : new RangeUnusable(reasonOf(error, signal));
      onFailure?.(unusable);
      if (fail === 'open') return false;
      throw new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5, cause: unusable });
    }
  };
};

// The errors of fetch name the URL, and with it the five characters.
const reasonOf = (error: unknown, { aborted }: AbortSignal): string => {
  if (error instanceof GatehouseError) return `${CONCURRENCY} questions are under way and ${QUEUE} wait`;
  return aborted ? 'no answer in time' : 'no connection';
};

/** @throws RangeUnusable */
const textOf = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.status === 200) {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > ANSWER_MAX_BYTES) throw new RangeUnusable(`more than ${ANSWER_MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('latin1');
  }
  await response.body?.cancel();
  throw new RangeUnusable(`status ${response.status}`);
};

/** What follows the five characters in each digest that was seen; padding was seen 0 times. @throws RangeUnusable */
const suffixesIn = (text: string): Set<string> => {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const entries = lines.map((line) => /^([0-9A-F]{35}):(\d{1,12})$/i.exec(line));
  if (entries.length === 0 || entries.includes(null)) throw new RangeUnusable('no list of digests');
  return new Set(entries.flatMap((entry) => (Number(entry?.[2]) > 0 ? [(entry?.[1] ?? '').toUpperCase()] : [])));
};
