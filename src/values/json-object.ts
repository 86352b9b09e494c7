/** A JSON object whose members have not been validated. */
export type JsonObject = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const stringLiteral = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/**
 * Parses bytes as one JSON object. Returns `undefined` when they are not UTF-8, not JSON, an array or a scalar, or when an
 * object at any depth has two members with the same name.
 *
 * Parsers disagree about which of two equal names counts, so a token could have one meaning here and another elsewhere.
 * `JSON.parse` silently keeps the last. A value with fewer members than its text has names contained a duplicate, even when
 * the names were escaped differently.
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
  return isJsonObject(value) && countNames(text) === countMembers(value) ? value : undefined;
};

/** Whether a value of JSON is an object. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Counts the member names in valid JSON. Each string literal is matched as a whole, so no name is found inside a value. */
const countNames = (text: string): number => {
  let count = 0;
  for (const [, colon] of text.matchAll(stringLiteral)) if (colon !== undefined) count += 1;
  return count;
};

const countMembers = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const nested = Object.values(value);
  return nested.reduce<number>((sum, member) => sum + countMembers(member), Array.isArray(value) ? 0 : nested.length);
};
