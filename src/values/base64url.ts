/**
 * Decodes base64url without padding, or answers `undefined` when the text is not the one spelling of its bytes.
 *
 * Node's decoder skips foreign characters, takes the other alphabet and padding, and ignores the unused bits of the last
 * character, so that one token has many spellings. Whoever compares, caches or revokes by text would see many tokens.
 *
 * @see RFC 4648 sections 3.5 and 5
 */
export const decodeBase64url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};
