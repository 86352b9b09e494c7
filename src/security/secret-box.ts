import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { decodeBase64url } from '../values/base64url.js';

/** Authenticated encryption of secrets that are stored and used again, such as private keys. */
export interface SecretBox {
  /** The first key seals; every key opens. */
  readonly keyIds: readonly [string, ...string[]];

  /** Encrypts under the first key. The result is `keyId.base64url(nonce | ciphertext | tag)`, 12 + n + 16 bytes. */
  seal(plaintext: Uint8Array, context: readonly string[]): string;

  /**
   * Decrypts a text that was sealed under any of the keys for the same context.
   *
   * @throws Error when the text is malformed or altered, its key is missing, or it was sealed for another context
   */
  open(sealed: string, context: readonly string[]): Buffer;

  /**
   * Replaces a sealed text by one under the first key, for the same context.
   *
   * @throws Error under the same conditions as `open`
   */
  reseal(sealed: string, context: readonly string[]): string;

  /**
   * Reads the key id that a sealed text names. It is not authenticated until the text is opened.
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
 * Creates a box from 256-bit keys. The first key seals; every key opens.
 *
 * An attacker who can write to the database but has no key could still move a sealed text to another row, for example the
 * refresh key to the row of the signing key, or one user's secret to another user. Therefore the context (the kind of
 * secret and its owner) and the key id are authenticated as associated data. They are encoded as a JSON array, because two
 * different lists can have the same text when their items are only joined.
 *
 * Nonces are random. GCM allows 2^32 random nonces for each key, far more than the number of secrets that are sealed.
 *
 * @throws RangeError when there is no key, a key is not 32 bytes long, or an id is malformed or used twice
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
      if (!key) throw new Error(`Encryption key ${id} is not in ENCRYPTION_KEYS.`);
      const opening = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      opening.setAAD(associatedData(id, context));
      opening.setAuthTag(box.subarray(-TAG_BYTES));
      const plaintext = opening.update(box.subarray(NONCE_BYTES, -TAG_BYTES));
      try {
        return Buffer.concat([plaintext, opening.final()]);
      } catch {
        throw new Error(
          `A secret that was sealed under encryption key ${id} was altered or moved, or ENCRYPTION_KEYS has another key under that id.`,
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
    throw new Error('The text is not a sealed secret.');
  }
  return { id, box };
};
