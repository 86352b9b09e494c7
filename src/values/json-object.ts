/** A JSON object whose members nobody has looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const stringLiteral = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/**
 * Reads bytes as one JSON object, or answers `undefined`: not UTF-8, not JSON, an array, a scalar, or a member name that
 * stands twice in one object at any depth.
 *
 * Parsers disagree on which of two equal names counts, so that a token could say one thing here and another elsewhere.
 * `JSON.parse` keeps the last one and tells nothing: an object that holds fewer members than its text names had a duplicate,
 * in whatever escapes the name was spelled.
 *
 * @see RFC 7515 section 4, RFC 7519 section 4, RFC 8725 section 2.4
 */
export const parseJsonObject = (bytes: Uint8Array): JsonObject | undefined => {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isJsonObject(value) && membersNamed(text) === membersHeld(value) ? value : undefined;
};

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Counts the member names in a text that is known to be JSON. Every literal is consumed, so that no name is found inside a value. */
const membersNamed = (text: string): number => {
  let count = 0;
  for (const [, colon] of text.matchAll(stringLiteral)) if (colon !== undefined) count += 1;
  return count;
};

const membersHeld = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return inside.reduce<number>((sum, member) => sum + membersHeld(member), Array.isArray(value) ? 0 : inside.length);
};
