import type { SecretBox } from './secret-box.js';

/** The row of the queue to which a payload belongs. */
export interface PayloadPlace {
  readonly topic: string;
  readonly id: string;
}

/** The authenticated context of a payload: a payload that was moved to another row does not open. */
export const payloadContext = ({ topic, id }: PayloadPlace): readonly string[] => ['outbox', topic, id];

/** Encrypts the content of a row of the queue as JSON, so that the table and its backups do not reveal it. */
export const sealPayload = (box: SecretBox, place: PayloadPlace, content: object): { sealed: string } => ({
  sealed: box.seal(Buffer.from(JSON.stringify(content)), payloadContext(place)),
});

/**
 * Decrypts the payload of a row of the queue.
 *
 * @throws Error when the payload is not a sealed one, belongs to another row, or was sealed under a key that was removed
 */
export const openPayload = (box: SecretBox, place: PayloadPlace, payload: unknown): unknown => {
  const sealed = payload !== null && typeof payload === 'object' && 'sealed' in payload ? payload.sealed : undefined;
  if (typeof sealed !== 'string') throw new Error('a queue entry without a sealed payload');
  return JSON.parse(box.open(sealed, payloadContext(place)).toString());
};
