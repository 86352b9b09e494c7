import { createProgress } from '../../src/commands/progress.js';

const terminal = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

describe('a progress bar', () => {
  it('is redrawn in place, and removed at the end', () => {
    const screen = terminal(true);
    const progress = createProgress(screen);
    progress.show(0.5, 'imported 1,000');
    progress.end();
    expect(screen.written).toEqual([
      `\r\u001b[2K[${'#'.repeat(15)}${'.'.repeat(15)}]  50 % imported 1,000`,
      '\r\u001b[2K',
    ]);
  });

  it('makes room for a line, and comes back below it', () => {
    const screen = terminal(true);
    const progress = createProgress(screen);
    progress.show(undefined, 'imported 1,000');
    progress.say('line 17: not JSON');
    expect(screen.written.join('')).toBe(
      '\r\u001b[2Kimported 1,000\r\u001b[2Kline 17: not JSON\n\r\u001b[2Kimported 1,000',
    );
  });

  it('F11: lets no line act on the terminal', () => {
    const pipe = terminal(false);
    createProgress(pipe).say('line 17: \u001b[2J\r\n\u202e');
    expect(pipe.written).toEqual(['line 17: \\u001b[2J\\u000d\\u000a\\u202e\n']);
  });

  it('is not drawn where there is no terminal; lines are', () => {
    const pipe = terminal(false);
    const progress = createProgress(pipe);
    progress.show(0.5, 'imported 1,000');
    progress.say('line 17: not JSON');
    progress.end();
    expect(pipe.written).toEqual(['line 17: not JSON\n']);
  });
});
