import { createEmailDisplay } from '../../src/server/email-display.js';

describe('a sent email', () => {
  const email = { to: 'ada@example.com', subject: 'Confirm your email address', link: 'http://localhost/?token=a.b' };
  const display = (isTTY: boolean) => {
    const written: string[] = [];
    createEmailDisplay({ isTTY, write: (text) => written.push(text) })?.(email);
    return written.join('').replaceAll(/\u001b\[\d+m/g, '');
  };

  it('is shown on a terminal with its link on a line of its own', () => {
    expect(display(true)).toBe(
      '\nEmail to ada@example.com: Confirm your email address\nhttp://localhost/?token=a.b\n\n',
    );
  });

  it('is not shown if standard output is not a terminal, because its link would be stored there', () => {
    expect(display(false)).toBe('');
  });
});
