/** Errors whose message is a sentence for the operator, as are the system's own; of all others the stack is worth more. */
const forOperators = new Set([
  'CommandError',
  'ConfigError',
  'GatehouseError',
  'StoreUnavailable',
  'StoreUnusable',
  'UnusableKeys',
  'UnusableTemplates',
]);

/** Says on standard error why a process cannot go on, and ends it with exit code 1. */
export const exitWithFatalError = (error: unknown): never => {
  const isSentence = error instanceof Error && (forOperators.has(error.name) || 'syscall' in error);
  process.stderr.write(
    `${isSentence ? error.message : error instanceof Error ? String(error.stack) : String(error)}\n`,
  );
  process.exit(1);
};
