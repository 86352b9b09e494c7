import { pino, type DestinationStream, type Logger, type SerializedError } from 'pino';

import type { Config } from '../config/config.js';
import { escapeControlsInLines } from '../values/escape-controls.js';

/**
 * Creates the log: one JSON object per line, with the time in UTC (RFC 3339). Fields with the name of a secret are redacted,
 * down to the third level. Of an error, only its texts and its code are logged: libraries attach requests, statements and
 * rows to their errors.
 */
export const createLog = ({ logLevel }: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger =>
  pino(
    {
      level: logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: { err: serializeError },
      // JSON leaves bidirectional controls, U+2028 and the controls from U+007F on as they are.
      hooks: { streamWrite: escapeControlsInLines },
    },
    destination ?? pino.destination(1),
  );

const secretNames = [
  'authorization',
  'cookie',
  'password',
  'currentPassword',
  'newPassword',
  'accessToken',
  'refreshToken',
  'token',
  'receipt',
  'secret',
  'hash',
];

/** The longest text of an error. A message may quote what a client sent. */
const TEXT_MAX_LENGTH = 8_000;

const bounded = (text: string): string =>
  text.length <= TEXT_MAX_LENGTH ? text : `${text.slice(0, TEXT_MAX_LENGTH)} …`;

const serializeError = (error: unknown): unknown => {
  const serialized: unknown = pino.stdSerializers.err(error as Error);
  // What is not an error is returned as it is.
  return serialized === error ? error : selectTexts(serialized as SerializedError);
};

const selectTexts = ({ type, message, stack, code, aggregateErrors }: SerializedError): object => ({
  type,
  message: bounded(message),
  stack: bounded(stack),
  ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
  ...(Array.isArray(aggregateErrors)
    ? { aggregateErrors: (aggregateErrors as SerializedError[]).map(selectTexts) }
    : {}),
});
