import { createEmailDisplay } from '../../src/server/email-display.js';

describe('a sent email', () => {
  const email = { to: 'ada@example.com', subject: 'Confirm your email address', link: 'http://localhost/?token=a.b' };
  const display = (isTTY: boolean, shown = email) => {
    const written: string[] = [];
    createEmailDisplay({ isTTY, write: (text) => written.push(text) })?.(shown);
    return written.join('').replaceAll(/\u001b\[\d+m/g, '');
  };

  it('is shown on a terminal with its link on a line of its own', () => {
    expect(display(true)).toBe(
      '\nEmail to ada@example.com: Confirm your email address\nhttp://localhost/?token=a.b\n\n',
    );
  });

  it('F11: does not act on the terminal', () => {
    const control = '\u001b[2J\r\n\u009b\u2028\u202e';
    const text = display(true, { to: `a${control}`, subject: `b${control}`, link: `c${control}` });
    expect(text).toMatch(/^\nEmail to a[\x20-\x7e]+: b[\x20-\x7e]+\nc[\x20-\x7e]+\n\n$/);
  });

  it('is not shown if standard output is not a terminal, because its link would be stored there', () => {
    expect(display(false)).toBe('');
  });
});
