import type { ImportLine } from '../auth/users/bulk-import.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Splits a file into numbered lines. Blank lines are counted but not returned. A line of more than `maxBytes` is returned
 * without its bytes, which are not kept, so that memory is bounded even for a file without line breaks.
 *
 * A carriage return before a line feed and a byte order mark at the start of the file, as Windows writes them, are removed.
 */
export async function* linesOf(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<ImportLine> {
  let number = 0;
  let length = 0;
  let parts: Buffer[] = [];

  const take = (part: Buffer) => {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else parts = [];
  };
  const finish = (): ImportLine | undefined => {
    number += 1;
    const bytes = length <= maxBytes ? trimmed(Buffer.concat(parts), number === 1) : undefined;
    length = 0;
    parts = [];
    if (bytes === undefined) return { number };
    return bytes.length > 0 ? { number, bytes } : undefined;
  };

  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      const line = finish();
      if (line) yield line;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  const last = length > 0 ? finish() : undefined;
  if (last) yield last;
}

const trimmed = (line: Buffer, isFirst: boolean): Buffer => {
  const start = isFirst && line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  return line.subarray(start, line.at(-1) === CARRIAGE_RETURN ? -1 : undefined);
};
