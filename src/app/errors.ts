/** An error that your code reports. */
interface ErrorEntry {
  /** All that a client reads about the error besides its code: a sentence in English, without any value. */
  readonly message: string;
  /** Whether the identical request may succeed later. False where the client has to change something first. */
  readonly retryable: boolean;
  /** When the code is returned, and what the client does about it: its description in the schema and in docs/errors.md. */
  readonly meaning: string;
}

/**
 * The failures that a caller of your operations can expect. Each becomes a value of the enum `ErrorCode` and, with
 * `defineFailure` of `../extend.js`, a member of your result unions. For example:
 *
 *     export const resultErrors = {
 *       PROJECT_LIMIT: {
 *         message: 'You have too many projects.',
 *         retryable: false,
 *         meaning: 'The caller has as many projects as its plan allows. Offer another plan.',
 *       },
 *     } as const satisfies Readonly<Record<string, ErrorEntry>>;
 */
export const resultErrors = {} as const satisfies Readonly<Record<string, ErrorEntry>>;

/**
 * The errors that a caller could not expect. Each becomes a value of the enum `RequestErrorCode`; throw it with `RequestError`
 * of `../extend.js`. `status` is the HTTP status of a response that consists of the error. For example:
 *
 *     export const requestErrors = {
 *       PAYMENT_REQUIRED: {
 *         message: 'A payment is required.',
 *         retryable: false,
 *         status: 402,
 *         meaning: 'The subscription has ended. Show the page of the plans.',
 *       },
 *     } as const satisfies Readonly<Record<string, ErrorEntry & { readonly status: number }>>;
 */
export const requestErrors = {} as const satisfies Readonly<Record<string, ErrorEntry & { readonly status: number }>>;
