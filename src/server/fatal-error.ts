import { types } from 'node:util';

import { GatehouseError, HookFailed, OperatorError } from '../errors.js';
import { StoreUnavailable } from '../store/errors.js';
import { escapeControlsInLines } from '../values/escape-controls.js';

/** Prints on standard error why the process cannot continue, and exits with code 1. */
export const exitWithFatalError = (error: unknown): never => {
  process.stderr.write(`${fatalErrorText(error)}\n`);
  process.exit(1);
};

/**
 * Returns only the message when it is meant for the operator, as are those of our own errors and of system calls. Returns the
 * stack of any other error, because it is a bug. A message may quote an argument, a file or a row, so it is escaped.
 */
export const fatalErrorText = (error: unknown): string => escapeControlsInLines(textOf(error));

const textOf = (error: unknown): string => {
  if (!types.isNativeError(error)) return String(error);
  // What failed is code of the application, whose author needs the place.
  if (error instanceof HookFailed) return `${error.message} Nothing was done.\n${stackOf(error.cause)}`;
  if (error.cause instanceof HookFailed) return `${error.message}\n${stackOf(error.cause.cause)}`;
  const isForOperator =
    error instanceof OperatorError ||
    error instanceof StoreUnavailable ||
    error instanceof GatehouseError ||
    'syscall' in error;
  return isForOperator ? error.message : String(error.stack);
};

const stackOf = (error: unknown): string => (types.isNativeError(error) ? String(error.stack) : String(error));
