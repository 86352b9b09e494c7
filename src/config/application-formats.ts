import { flag, format, httpUrl, oneOf, wholeNumber, word, type Format } from './formats.js';

/** Not shorter, because a secret of 16 characters is the weakest that services issue. */
const secretText: Format<string> = format('16 to 4,096 printable ASCII characters without a space', (text) =>
  /^[\x21-\x7e]{16,4096}$/.test(text) ? text : undefined,
);

const text: Format<string> = format('1 to 1,000 characters on one line, without control characters', (line) => {
  const trimmed = line.trim();
  return trimmed !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed) && Array.from(trimmed).length <= 1_000
    ? trimmed
    : undefined;
});

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
