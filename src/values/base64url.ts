/**
 * Decodes base64url without padding. Returns `undefined` when the text is not the canonical encoding of its bytes.
 *
 * Node's decoder skips invalid characters, accepts the standard alphabet and padding, and ignores the unused bits of the
 * last character, so that one token has many spellings. Code that compares, caches or revokes tokens by their text would
 * treat them as different tokens.
 *
 * @see RFC 4648 sections 3.5 and 5
 */
export const decodeBase64url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};
