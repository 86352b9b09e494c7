/** The longest body that is accepted. */
export const BODY_LIMIT_BYTES = 100 * 1024;

/** The longest head that is accepted: the request line and all headers. */
export const HEAD_LIMIT_BYTES = 16 * 1024;

/** How long a client may take to send a request, from the connection or the first byte to the last. */
export const REQUEST_TIMEOUT_SECONDS = 30;
