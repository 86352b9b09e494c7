import type { Format } from './formats.js';

/** One environment variable: how it is read, and its row in docs/configuration.md. */
export interface Variable {
  readonly format: Format<unknown>;
  /** Used when the variable is not set, in the variable's own notation. */
  readonly default?: string;
  /** The default in words, when it depends on other variables or when there is none. */
  readonly otherwise?: string;
  readonly unit?: 's' | 'KiB' | 'characters';
  readonly requiredInProduction?: true;
  readonly example?: string;
  readonly reason: string;
}
