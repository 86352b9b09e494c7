import { flag, httpUrl, oneOf, secretText, text, wholeNumber, word } from './formats.js';

/** The formats of the variables of an application. Each states what it accepts, for error messages and docs/configuration.md. */
export const formats = {
  /** One line of text for people, such as a name. */
  text,
  /** Printable ASCII without a space, such as the id of an account at another service. */
  word,
  /** A key or a secret of another service. State `isSecret: true` with it. */
  secret: secretText,
  /** `true` or `false`. */
  flag,
  /** A whole number from the first bound to the second. */
  wholeNumber,
  /** One of the words. */
  oneOf,
  /** An http:// or https:// URL, without a slash at its end. */
  httpUrl,
} as const;
