/** The number of rows that one encryption key seals. */
export interface KeyUse {
  /** The key's id, as named in the sealed texts; null when they are not sealed texts. */
  readonly encryptionKey: string | null;
  readonly count: number;
}

/** A row's sealed text as it was read, and its replacement. */
export interface ResealedText {
  readonly id: string;
  readonly sealed: string;
  readonly resealed: string;
}
