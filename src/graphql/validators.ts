import { isString, registerDecorator } from 'class-validator';

// A lone surrogate has no UTF-8: every one of them would be stored, or hashed, as the same replacement character.
const isWellFormed = (text: string): boolean => !/\p{Cs}/u.test(text);

const check = (name: string, accepts: (text: string) => boolean) => (target: object, property: string | symbol) => {
  registerDecorator({
    name,
    target: target.constructor,
    propertyName: String(property),
    validator: { validate: (value: unknown) => isString(value) && accepts(value) },
  });
};

/** A line of text that people read: 1 to `max` UTF-16 units, without control characters or lone surrogates. */
export const Text = (max: number) =>
  check('text', (text) => text.length >= 1 && text.length <= max && isWellFormed(text) && !/\p{Cc}/u.test(text));

/** A secret that is compared exactly, whatever characters it has: 1 to `max` UTF-16 units. */
export const Secret = (max: number) =>
  check('secret', (text) => text.length >= 1 && text.length <= max && isWellFormed(text));
