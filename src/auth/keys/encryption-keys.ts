import type { SecretBox } from '../../security/secret-box.js';
import type { Store } from '../../store/store.js';
import type { Actor } from '../audit/security-events.js';
import { countSealedRows, resealRows, type ResealResult } from './sealed-rows.js';

/** The state of an encryption key: one of ENCRYPTION_KEYS, or one that stored rows need. */
export interface EncryptionKeyState {
  readonly type: 'encryption-key';
  /** Null for rows that should have sealed text but have none. */
  readonly id: string | null;
  /**
   * The first key of ENCRYPTION_KEYS seals, the others only open. A missing key is needed by rows but not configured.
   */
  readonly use: 'SEALS' | 'OPENS' | 'MISSING' | 'UNREADABLE';
  /** The position in ENCRYPTION_KEYS, from 1; null when the key is not configured. */
  readonly position: number | null;
  /** The number of rows that the key seals, by kind. Kinds without rows are absent. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface CompletedReseal extends ResealResult {
  /** The id of the first key, under which rows are now sealed. */
  readonly key: string;
}

export interface EncryptionKeysOptions {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly clock: () => Date;
}

/**
 * Manages the encryption keys, for operators. Works even when stored rows do not open and the other flows cannot be
 * created.
 */
export const createEncryptionKeys = ({ store, secretBox, clock }: EncryptionKeysOptions) => ({
  /** Lists the configured keys in order, then the other keys that stored rows need. */
  async list(): Promise<EncryptionKeyState[]> {
    const configured: readonly (string | null)[] = secretBox.keyIds;
    const counts = await countSealedRows(store);
    const others = counts.map(({ encryptionKey }) => encryptionKey).filter((id) => !configured.includes(id));
    return [...configured, ...new Set(others)].map((id, index) => ({
      type: 'encryption-key',
      id,
      use: index === 0 ? 'SEALS' : index < configured.length ? 'OPENS' : id === null ? 'UNREADABLE' : 'MISSING',
      position: index < configured.length ? index + 1 : null,
      rows: Object.fromEntries(counts.flatMap((it) => (it.encryptionKey === id ? [[it.kind, it.count]] : []))),
    }));
  },

  /**
   * Reseals every row under the first key.
   *
   * @throws UnusableKeys when a row that was sealed under the id of the first key does not open
   */
  async reseal(actor: Actor): Promise<CompletedReseal> {
    return { key: secretBox.keyIds[0], ...(await resealRows(store, secretBox, { actor, clock })) };
  },
});

export type EncryptionKeys = ReturnType<typeof createEncryptionKeys>;
