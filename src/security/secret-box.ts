import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { decodeBase64url } from '../values/base64url.js';

/** Keeps secret what has to be stored and used again: private keys, shared secrets of second factors. */
export interface SecretBox {
  /** The ids of the keys in their order: the first seals, all open. */
  readonly keyIds: readonly [string, ...string[]];

  /** Seals under the first key. The text is `keyId.base64url(nonce | ciphertext | tag)`, 12 + n + 16 bytes. */
  seal(plaintext: Uint8Array, context: readonly string[]): string;

  /**
   * Opens what was sealed under any of the keys for the same context.
   *
   * @throws Error when the text is malformed or altered, its key is not at hand, or it was sealed for another context
   */
  open(sealed: string, context: readonly string[]): Buffer;

  /**
   * Seals under the first key what was sealed under any of them for the same context.
   *
   * @throws Error as `open` does
   */
  reseal(sealed: string, context: readonly string[]): string;

  /**
   * The id of the key that sealed a text. Nothing is proved by it.
   *
   * @throws Error when the text is malformed
   */
  keyId(sealed: string): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const keyIdForm = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Makes a box of keys of 32 bytes: the first seals, all open.
 *
 * Whoever can write to the database, but has no key, could still move a sealed text to another row: the refresh key into the
 * place of the signing key, one user's secret to another user. Therefore the context (what the secret is, whose it is) and
 * the key id are authenticated with it. They are encoded as a JSON array, in which no two lists share a text, as they would
 * when merely joined.
 *
 * A nonce is random; GCM allows 2^32 of those under one key, which signing keys and second factors do not come near.
 *
 * @throws RangeError when there is no key, one is not 32 bytes, or an id is malformed or used twice
 * @see NIST SP 800-38D sections 8.2.2 and 8.3
 */
export const createSecretBox = (keys: readonly { readonly id: string; readonly key: Buffer }[]): SecretBox => {
  const byId = new Map<string, KeyObject>();
  for (const { id, key } of keys) {
    if (!keyIdForm.test(id)) throw new RangeError('an encryption key id is 1 to 64 characters of base64url');
    if (byId.has(id)) throw new RangeError(`encryption key id ${id} is used twice`);
    if (key.length !== KEY_BYTES) throw new RangeError(`encryption key ${id} must have ${KEY_BYTES} bytes`);
    byId.set(id, createSecretKey(key));
  }
  const [sealing] = byId;
  if (!sealing) throw new RangeError('at least one encryption key is needed');

  const box: SecretBox = {
    keyIds: [sealing[0], ...[...byId.keys()].slice(1)],

    seal(plaintext, context) {
      const [id, key] = sealing;
      const nonce = randomBytes(NONCE_BYTES);
      const seal = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      seal.setAAD(associatedData(id, context));
      const box = Buffer.concat([nonce, seal.update(plaintext), seal.final(), seal.getAuthTag()]);
      return `${id}.${box.toString('base64url')}`;
    },

    open(sealed, context) {
      const { id, box } = parse(sealed);
      const key = byId.get(id);
      if (!key) throw new Error(`Encryption key ${id} is not at hand.`);
      const opening = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      opening.setAAD(associatedData(id, context));
      opening.setAuthTag(box.subarray(-TAG_BYTES));
      const plaintext = opening.update(box.subarray(NONCE_BYTES, -TAG_BYTES));
      try {
        return Buffer.concat([plaintext, opening.final()]);
      } catch {
        throw new Error(
          `A secret sealed under encryption key ${id} was altered or belongs elsewhere, or ENCRYPTION_KEYS has other bytes under that id.`,
        );
      }
    },

    reseal: (sealed, context) => box.seal(box.open(sealed, context), context),

    keyId: (sealed) => parse(sealed).id,
  };
  return box;
};

const associatedData = (id: string, context: readonly string[]): Buffer =>
  Buffer.from(JSON.stringify([id, ...context]));

const parse = (sealed: string): { id: string; box: Buffer } => {
  const [id = '', text = '', ...more] = sealed.split('.');
  const box = decodeBase64url(text);
  if (!keyIdForm.test(id) || more.length > 0 || !box || box.length < NONCE_BYTES + TAG_BYTES) {
    throw new Error('The text is no sealed secret.');
  }
  return { id, box };
};
