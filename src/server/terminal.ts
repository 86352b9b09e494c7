/** Standard output, or its substitute in a test. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}
