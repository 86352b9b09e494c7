import type { SecretBox } from './secret-box.js';

/** Where a payload belongs: the outbox's topic, and the id of its row. */
export interface PayloadPlace {
  readonly topic: string;
  readonly id: string;
}

/** What a payload is sealed for: it opens in no other row. */
export const payloadContext = ({ topic, id }: PayloadPlace): readonly string[] => ['outbox', topic, id];

/** What an outbox's row holds of its content: nothing that a reader of the table, or of its backup, understands. */
export const sealPayload = (box: SecretBox, place: PayloadPlace, content: object): { sealed: string } => ({
  sealed: box.seal(Buffer.from(JSON.stringify(content)), payloadContext(place)),
});

/** Opens a payload again. @throws Error when it is none, or was sealed for another place or under a key that is gone */
export const openPayload = (box: SecretBox, place: PayloadPlace, payload: unknown): unknown => {
  const sealed = payload !== null && typeof payload === 'object' && 'sealed' in payload ? payload.sealed : undefined;
  if (typeof sealed !== 'string') throw new Error('an outbox entry without a sealed payload');
  return JSON.parse(box.open(sealed, payloadContext(place)).toString());
};
