import { createLog } from '../../src/server/log.js';

/** What a log writes. */
const written = (write: (log: ReturnType<typeof createLog>) => void): string => {
  const lines: string[] = [];
  write(createLog({ logLevel: 'info' }, { write: (line) => lines.push(line) }));
  return lines.join('');
};

describe('F11: the log', () => {
  it('has one line for each entry, in printable characters, whatever it quotes', () => {
    const text = 'a\r\nb\u0000\u001b[2J\u009b\u2028\u202e\u{e0041}c';
    const line = written((log) => log.warn({ origin: text }, text));
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(line)).toMatchObject({ origin: text, msg: text });
  });

  it('states the time in UTC, so that entries of several machines can be compared', () => {
    const { time } = JSON.parse(written((log) => log.info('entry'))) as { time: string };
    expect(time).toBe(new Date(time).toISOString());
  });

  it('has of an error its type, texts and code, and nothing that a library attached to it', () => {
    const request = { headers: { authorization: 'Bearer canary' }, parameters: ['canary'] };
    const cause = Object.assign(new Error('the cause'), { request });
    const err = Object.assign(new TypeError('broken', { cause }), { code: 'E_BROKEN', detail: 'canary', request });
    const line = written((log) => log.error({ err }, 'request failed'));
    expect(line).not.toContain('canary');
    expect(JSON.parse(line)).toMatchObject({
      err: {
        type: 'TypeError',
        message: 'broken: the cause',
        code: 'E_BROKEN',
        stack: expect.stringContaining('caused by: Error: the cause') as unknown,
      },
    });
  });

  it('bounds the texts of an error, and of each error in it', () => {
    const long = () => new Error('x'.repeat(100_000));
    const line = written((log) =>
      log.error({ err: new AggregateError([long(), long()], 'y'.repeat(100_000)) }, 'failed'),
    );
    expect(line.length).toBeLessThan(6 * 8_100);
  });

  it('keeps what was thrown and is not an error', () => {
    expect(written((log) => log.error({ err: 'a text' }))).toContain('"err":"a text"');
  });
});
