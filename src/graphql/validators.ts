import { isString, registerDecorator } from 'class-validator';

/**
 * The maximum lengths of input texts, in UTF-16 units. They exceed any legitimate value, because the flows decide which value
 * is acceptable. Without a limit, a megabyte would be parsed or hashed.
 */
export const MAX_LENGTH = { email: 320, password: 1024, id: 100, name: 200, locale: 35 } as const;

/** A line of text that people read: 1 to `max` UTF-16 units, without control characters or lone surrogates. */
export const Text = (max: number): PropertyDecorator =>
  textValidator('text', (text) => isWithin(text, max) && isWellFormed(text) && !/\p{Cc}/u.test(text));

/** A secret that is compared exactly and may contain any character: 1 to `max` UTF-16 units, without lone surrogates. */
export const Secret = (max: number): PropertyDecorator =>
  textValidator('secret', (text) => isWithin(text, max) && isWellFormed(text));

const textValidator =
  (name: string, isAcceptable: (text: string) => boolean): PropertyDecorator =>
  (target, property) => {
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      validator: { validate: (value: unknown) => isString(value) && isAcceptable(value) },
    });
  };

const isWithin = (text: string, max: number): boolean => text.length >= 1 && text.length <= max;

// A lone surrogate has no UTF-8 form: all of them would be stored, or hashed, as the same replacement character.
const isWellFormed = (text: string): boolean => !/\p{Cs}/u.test(text);
