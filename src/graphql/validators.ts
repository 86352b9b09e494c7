import { isString, registerDecorator } from 'class-validator';

/** The longest id of an input, in UTF-16 units: wide enough for any honest value. */
export const MAX_LENGTH = { id: 100 } as const;

/** A line of text: 1 to `max` UTF-16 units, without control characters or lone surrogates. */
export const Text =
  (max: number): PropertyDecorator =>
  (target, property) => {
    registerDecorator({
      name: 'text',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) =>
          isString(value) && value.length >= 1 && value.length <= max && !/[\p{Cc}\p{Cs}]/u.test(value),
      },
    });
  };
