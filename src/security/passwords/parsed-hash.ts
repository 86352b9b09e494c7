/** Tells whether a password, as bytes, matches a hash. The bytes are the UTF-8 of the password's NFC form. */
export type VerifyPassword = (password: Buffer) => Promise<boolean>;

/** A password hash of another system. */
export interface ParsedHash {
  /** In the one form of its scheme: scheme and parameters, then salt and digest, which are the last two fields. */
  readonly stored: string;
  /** Whether verification costs more than the limits of one login. */
  readonly isTooExpensive: boolean;
  readonly verify: VerifyPassword;
}
