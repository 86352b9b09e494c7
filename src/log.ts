import { pino, type DestinationStream, type Logger } from 'pino';

import type { Config } from './config.js';

/**
 * Makes the log: one JSON object a line. Of a request it holds method, path, address and id; no query string, which may
 * be a document or the token of a link, and no body. What is secret by name is blotted out wherever it turns up.
 */
export const createLog = ({ logLevel }: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger =>
  pino(
    {
      level: logLevel,
      redact: {
        paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: {
        req: (request: { method: string; url: string; ip: string; id: string }) => ({
          method: request.method,
          path: request.url.split('?', 1)[0],
          remoteAddress: request.ip,
        }),
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
