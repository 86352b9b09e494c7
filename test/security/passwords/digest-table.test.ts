import { packDigestTable, readDigestTable } from '../../../src/security/passwords/digest-table.js';

describe('digest table', () => {
  const texts = Array.from({ length: 5000 }, (_, index) => `text ${index}`);

  it('has what was put in and nothing else', () => {
    const table = readDigestTable(packDigestTable(texts));
    expect(texts.every((text) => table.has(text))).toBe(true);
    expect(texts.some((text) => table.has(`${text}.`))).toBe(false);
    expect(readDigestTable(packDigestTable([])).has('')).toBe(false);
  });

  it('is the same whatever the order, and however often something is put in', () => {
    expect(packDigestTable([...texts].reverse().concat(texts)).equals(packDigestTable(texts))).toBe(true);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['shorter than its index', packDigestTable(texts).subarray(0, 1000)],
    ['truncated', packDigestTable(texts).subarray(0, -1)],
    ['followed by other bytes', Buffer.concat([packDigestTable(texts), Buffer.of(0)])],
  ])('is refused when it is %s', (_what, damaged) => {
    expect(() => readDigestTable(damaged)).toThrow('The table of digests is damaged.');
  });
});
