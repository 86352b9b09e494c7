import { Readable } from 'node:stream';

import { linesOf } from '../../src/commands/lines.js';

/** The lines of a file that arrives in these pieces, as `number:text`; `number` alone for one that is too long. */
const read = async (pieces: readonly string[], maxBytes = 10): Promise<string[]> => {
  const lines: string[] = [];
  for await (const { number, bytes } of linesOf(Readable.from(pieces.map((piece) => Buffer.from(piece))), maxBytes)) {
    lines.push(bytes ? `${number}:${Buffer.from(bytes).toString()}` : `${number}`);
  }
  return lines;
};

describe('lines', () => {
  it('are counted from 1, with or without a line break at the end', async () => {
    expect(await read(['a\nb\n'])).toEqual(['1:a', '2:b']);
    expect(await read(['a\nb'])).toEqual(['1:a', '2:b']);
    expect(await read([])).toEqual([]);
  });

  it('are complete wherever the file is split into chunks', async () => {
    expect(await read(['a', 'b\nc', '', 'd', '\n', 'e\n'])).toEqual(['1:ab', '2:cd', '3:e']);
  });

  it('are counted but not answered when they are blank', async () => {
    expect(await read(['\na\n\r\n\nb\n\n'])).toEqual(['2:a', '5:b']);
  });

  it('lose a carriage return at the end and a byte order mark at the beginning of the file', async () => {
    expect(await read(['\ufeffa\r\n\ufeffb\r\n'])).toEqual(['1:a', '2:\ufeffb']);
  });

  it('have no bytes when they are too long, and those that follow are read', async () => {
    expect(await read(['0123456789\n', '0123456789a\nb\n'])).toEqual(['1:0123456789', '2', '3:b']);
    expect(await read(['01234567', '89abc', 'def\nb', '\n'])).toEqual(['1', '2:b']);
    expect(await read(['01234567', '89abc'])).toEqual(['1']);
  });

  it('keep nothing of a line without an end', async () => {
    const chunk = Buffer.alloc(2 ** 20, 'x');
    const endless = Readable.from(
      (function* () {
        for (let index = 0; index < 512; index += 1) yield chunk;
      })(),
    );
    const before = process.memoryUsage().arrayBuffers;
    let count = 0;
    for await (const { bytes } of linesOf(endless as AsyncIterable<Buffer>, 4096)) {
      expect(bytes).toBeUndefined();
      count += 1;
    }
    expect(count).toBe(1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });
});
