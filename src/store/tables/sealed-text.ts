/** How many rows one encryption key seals. */
export interface KeyUse {
  /** The key's id, as the sealed texts name it; null when they are no sealed texts. */
  readonly encryptionKey: string | null;
  readonly count: number;
}

/** A row's sealed text as it was read, and the one that replaces it. */
export interface ResealedText {
  readonly id: string;
  readonly sealed: string;
  readonly resealed: string;
}
