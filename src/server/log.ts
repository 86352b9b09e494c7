import { pino, type DestinationStream, type Logger } from 'pino';

import type { Config } from '../config/config.js';

/** Creates the log: one JSON object per line. Fields with the name of a secret are redacted, down to the third level. */
export const createLog = ({ logLevel }: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger =>
  pino(
    {
      level: logLevel,
      redact: {
        paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
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
