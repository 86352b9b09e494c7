import type { SecretBox } from '../security/secret-box.js';
import type { Rows } from '../store/store.js';
import type { Letter } from './letter.js';
import { post } from './outbox.js';

/** Takes letters. */
export interface Courier {
  /** Puts a letter into the outbox, in the transaction that causes it. `id` is a UUID of its own. */
  post(tx: Rows, id: string, letter: Letter): Promise<void>;
  /** Has the outbox looked into soon. Called after a commit; never waits for the mail. */
  nudge(): void;
}

export const createCourier = (secretBox: SecretBox, nudge: () => void): Courier => ({
  post: (tx, id, letter) => post(tx, secretBox, id, letter),
  nudge,
});
