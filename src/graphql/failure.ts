import { Field, InterfaceType, ObjectType } from 'type-graphql';

import { OperatorError, resultErrors, type ApplicationErrorCode, type ErrorCode } from '../errors.js';
import { registerDescribedEnum } from './described-enum.js';

const ErrorCodeEnum = registerDescribedEnum<ErrorCode>(
  'ErrorCode',
  'The code of a failure in a result, with the meaning of the type of that failure. Later versions and the application may add codes: keep a `default:` in every switch.',
  Object.fromEntries(Object.entries(resultErrors).map(([code, { meaning }]) => [code, meaning])) as Record<
    ErrorCode,
    string
  >,
);

/** A failure that the caller of an operation can expect. The class of each extends it, so that its instances are members of unions. */
@InterfaceType({ description: 'A failure that the caller of an operation can expect.' })
export abstract class ErrorResult {
  @Field(() => ErrorCodeEnum, { description: 'The code of the failure, for programs. Each code belongs to one type.' })
  readonly code: ErrorCode;

  @Field(() => String, {
    description: 'A description of the failure in English, for developers. Show users a text of your own by `code`.',
  })
  readonly message: string;

  @Field(() => Boolean, {
    description:
      'Whether the identical request may succeed later without being changed. Of the results of Gatehouse, true only for `RateLimitedError`.',
  })
  readonly retryable: boolean;

  constructor(code: ErrorCode) {
    this.code = code;
    this.message = resultErrors[code].message;
    this.retryable = resultErrors[code].retryable;
  }
}

/** The class of a failure without fields of its own. Its instances are returned as members of a union. */
export type FailureClass<C extends ErrorCode> = new () => ErrorResult & { readonly code: C };

/** Returns the name of the type of a failure: `ProjectLimitError` for PROJECT_LIMIT. */
const typeNameOf = (code: string): string =>
  `${code
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')}Error`;

/** Declares the type of a failure that has no fields of its own. */
export const declareFailure = <C extends ErrorCode>(code: C): FailureClass<C> => {
  class DeclaredFailure extends ErrorResult {
    declare readonly code: C;

    constructor() {
      super(code);
    }
  }
  const name = typeNameOf(code);
  Object.defineProperty(DeclaredFailure, 'name', { value: name });
  // `assertDefinedFailures` reports a code that is not in the table, in one sentence.
  const description = Object.hasOwn(resultErrors, code) ? resultErrors[code].meaning : '';
  ObjectType(name, { implements: ErrorResult, description })(DeclaredFailure);
  return DeclaredFailure;
};

/** The codes of `defineFailure`, in the order of its calls. */
const definedCodes: string[] = [];

/** Defines the type of a failure of src/app/errors.ts: `ProjectLimitError` for PROJECT_LIMIT. */
export const defineFailure = <C extends ApplicationErrorCode>(code: C): FailureClass<C> => {
  definedCodes.push(code);
  return declareFailure(code);
};

/**
 * Checks the calls of `defineFailure`, which are made while the application's files are loaded.
 *
 * @throws OperatorError that names the first code that the table does not have, or that was defined twice
 */
export const assertDefinedFailures = (): void => {
  const unknown = definedCodes.find((code) => !Object.hasOwn(resultErrors, code));
  if (unknown !== undefined)
    throw new OperatorError(
      `defineFailure('${unknown}'): resultErrors of src/app/errors.ts has no such code. Add it, or correct the name.`,
    );
  const twice = definedCodes.find((code, index) => definedCodes.indexOf(code) < index);
  if (twice !== undefined)
    throw new OperatorError(
      `defineFailure('${twice}') is called twice. Export the type from one file, and import it in the other.`,
    );
};
