import { encryptionKeys, folder, hmacSecrets, oneOf, postgresUrl, wholeNumber } from './formats.js';
import type { Variable } from './variable.js';

export const databaseVariables = {
  DATA_DIR: {
    format: folder,
    default: '.data',
    reason:
      'Contains the embedded database, emails that are written to files, and the keys that development generates. Only its owner can read it. A relative path starts at the folder in which the server is started.',
  },
  DATABASE_URL: {
    format: postgresUrl,
    isSecret: true,
    otherwise: 'the embedded database in DATA_DIR',
    requiredInProduction: true,
    example: 'postgresql://gatehouse@db.example.com/gatehouse?sslmode=verify-full',
    reason:
      'The database, PostgreSQL 15 or newer in UTF-8. The embedded database serves one process only. [deployment.md](deployment.md#database) describes the parameters of the URL. The variables of libpq, such as PGPASSWORD, are not read.',
  },
  DATABASE_DIRECT_URL: {
    format: postgresUrl,
    isSecret: true,
    otherwise: 'DATABASE_URL',
    example: 'postgresql://gatehouse@db-direct.example.com/gatehouse?sslmode=verify-full',
    reason:
      'The URL of the same database without a connection pooler. It is used for migrations and for LISTEN, through which every instance learns of a revocation at once. It has the same form, and leads to the same schema. The log warns if DATABASE_URL points to a pooler and this variable is not set.',
  },
  DATABASE_POOL_SIZE: {
    format: wholeNumber(2, 1000),
    default: '10',
    reason:
      'The number of connections that one instance opens to PostgreSQL for requests and jobs. It opens two more, for LISTEN and for the readiness probe. The sum over all instances must stay below the limit of the database or pooler. The embedded database ignores this variable.',
  },
  MIGRATE: {
    format: oneOf('auto', 'off'),
    default: 'auto',
    reason:
      'With `auto`, the server applies pending migrations when it starts. With `off`, run `npm run cli -- migrate` instead; the server then does not need to own its tables.',
  },
} as const satisfies Record<string, Variable>;

export const keyVariables = {
  ENCRYPTION_KEYS: {
    format: encryptionKeys,
    isSecret: true,
    otherwise: 'generated in DATA_DIR',
    requiredInProduction: true,
    reason:
      'The keys under which signing keys and other secrets are sealed in the database. The first key seals, and all keys open. Replace a key in three roll-outs: append the new key, move it to the front and run `keys reseal`, remove the old key. See [keys.md](keys.md).',
  },
  SIGNING_ALGORITHM: {
    format: oneOf('ES256', 'RS256', 'HS256'),
    default: 'ES256',
    reason:
      'The algorithm that signs access tokens. With ES256 and RS256, other services verify tokens with the public keys. With HS256, every service that can verify a token can also forge one.',
  },
  JWT_SECRETS: {
    format: hmacSecrets,
    isSecret: true,
    otherwise: 'generated in DATA_DIR',
    reason:
      'The secrets of HS256. The first one signs, and all of them verify. Required in production if SIGNING_ALGORITHM is HS256, and not used otherwise. Replace a secret in the same roll-outs as a key of ENCRYPTION_KEYS, without `keys reseal`.',
  },
} as const satisfies Record<string, Variable>;
