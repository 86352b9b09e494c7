import { encryptionKeys, folder, hmacSecrets, oneOf, postgresUrl, wholeNumber } from './formats.js';
import type { Variable } from './variable.js';

export const databaseVariables = {
  DATA_DIR: {
    format: folder,
    default: '.data',
    reason:
      'Holds the embedded database, mails as files and the keys that development generates. Only its owner may read it. A relative path starts at the folder in which the server is started.',
  },
  DATABASE_URL: {
    format: postgresUrl,
    otherwise: 'the embedded database in DATA_DIR',
    requiredInProduction: true,
    example: 'postgresql://gatehouse@db.example.com/gatehouse',
    reason: 'PostgreSQL 15 or newer. The embedded database serves one process.',
  },
  DATABASE_DIRECT_URL: {
    format: postgresUrl,
    otherwise: 'DATABASE_URL',
    example: 'postgresql://gatehouse@db-direct.example.com/gatehouse',
    reason:
      'Bypasses a connection pooler, for migrations and for LISTEN, which tells every instance of a revocation at once. The log warns when DATABASE_URL leads through a pooler and this is not set.',
  },
  DATABASE_POOL_SIZE: {
    format: wholeNumber(2, 1000),
    default: '10',
    reason:
      'Connections of one instance to PostgreSQL for its requests and jobs; it opens two more, for LISTEN and for the readiness probe. The sum over all instances must stay below the limit of the database, or of the pooler. The embedded database ignores it.',
  },
  MIGRATE: {
    format: oneOf('auto', 'off'),
    default: 'auto',
    reason:
      'With `off`, the server does not need to own its tables, and `npm run cli -- migrate` applies the migrations.',
  },
} as const satisfies Record<string, Variable>;

export const keyVariables = {
  ENCRYPTION_KEYS: {
    format: encryptionKeys,
    otherwise: 'generated into DATA_DIR',
    requiredInProduction: true,
    reason:
      'Seal the signing keys and everything else that must stay secret in the database. Change them in three roll-outs: append the new key, move it to the front and run `keys reseal`, remove the old key (docs/keys.md).',
  },
  SIGNING_ALGORITHM: {
    format: oneOf('ES256', 'RS256', 'HS256'),
    default: 'ES256',
    reason:
      'With ES256 and RS256, other services verify tokens with the public keys. With HS256, every service that can verify tokens can also forge them.',
  },
  JWT_SECRETS: {
    format: hmacSecrets,
    otherwise: 'generated into DATA_DIR',
    reason:
      'Required in production when SIGNING_ALGORITHM is HS256, and not used otherwise. Changed in the same roll-outs as ENCRYPTION_KEYS, without `keys reseal`.',
  },
} as const satisfies Record<string, Variable>;
