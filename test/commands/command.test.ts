import { userInfo } from 'node:os';

import { CommandError, currentOperator, printLine } from '../../src/commands/command.js';
import { OperatorError } from '../../src/errors.js';

describe('a command', () => {
  it('acts under the name of the operating system’s user', () => {
    expect(currentOperator()).toEqual({ kind: 'operator', name: userInfo().username });
  });

  it('F11: prints lines that do not act on the terminal, and JSON with the same values', () => {
    const user = { name: 'a\u001b[2J\r\n\u0000\u009b\u2028\u202eb' };
    const written: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text) => written.push(String(text)) > 0;
    try {
      printLine(user.name);
      printLine(JSON.stringify(user));
    } finally {
      process.stdout.write = write;
    }
    for (const line of written) expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(written[1] ?? '')).toEqual(user);
  });

  it('is refused with a sentence for the operator', () => {
    const error = new CommandError('There is no user with this email address.');
    expect(error).toBeInstanceOf(OperatorError);
    expect(error.name).toBe('CommandError');
  });
});
