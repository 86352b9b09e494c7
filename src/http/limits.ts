/** The maximum size of a request body. */
export const BODY_LIMIT_BYTES = 100 * 1024;

/** The maximum size of a request head: the request line and all headers. */
export const HEAD_LIMIT_BYTES = 16 * 1024;

/** The time within which a client must send a request, from the connection or the first byte to the last byte. */
export const REQUEST_TIMEOUT_SECONDS = 30;
