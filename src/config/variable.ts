import type { Format } from './formats.js';

/** One environment variable: its format, and its row in docs/configuration.md. */
export interface Variable {
  readonly format: Format<unknown>;
  /** The value of a variable that is not set, in the notation of the variable. */
  readonly default?: string;
  /** The default in words, when it depends on other variables or when there is none. */
  readonly otherwise?: string;
  readonly unit?: 's' | 'KiB' | 'characters';
  readonly requiredInProduction?: true;
  /** Whether the value gives access to something, so that only its reader should be able to read a file that holds it. */
  readonly isSecret?: true;
  readonly example?: string;
  readonly reason: string;
}
