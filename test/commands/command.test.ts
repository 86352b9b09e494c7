import { userInfo } from 'node:os';

import { CommandError, currentOperator } from '../../src/commands/command.js';
import { OperatorError } from '../../src/errors.js';

describe('a command', () => {
  it('acts under the name of the operating system’s user', () => {
    expect(currentOperator()).toEqual({ kind: 'operator', name: userInfo().username });
  });

  it('is refused with a sentence for the operator', () => {
    const error = new CommandError('There is no user with this email address.');
    expect(error).toBeInstanceOf(OperatorError);
    expect(error.name).toBe('CommandError');
  });
});
