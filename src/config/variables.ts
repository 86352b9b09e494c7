import * as formats from './formats.js';
import { mailUrl } from './mail-url.js';

/** One environment variable. `config.ts` reads by this table and docs/configuration.md is printed from it. */
export interface Variable {
  readonly subject:
    'Server' | 'Database' | 'Keys' | 'Tokens and sessions' | 'Passwords' | 'Accounts and mail' | 'Limits' | 'Network';
  readonly format: formats.Format<unknown>;
  /** Used when nothing is set, in the variable's own notation. */
  readonly default?: string;
  /** Where the value comes from instead, when nothing is set. */
  readonly otherwise?: string;
  readonly unit?: 's' | 'KiB' | 'characters';
  readonly requiredInProduction?: true;
  readonly example?: string;
  readonly reason: string;
}

export const variables = {
  NODE_ENV: {
    subject: 'Server',
    format: formats.oneOf('development', 'test', 'production'),
    default: 'development',
    reason:
      'Development stays at home: unless it is said in words, the server listens on this machine only and takes no DATABASE_URL. Production refuses whatever is missing.',
  },
  HOST: {
    subject: 'Server',
    format: formats.host,
    default: '127.0.0.1',
    example: '0.0.0.0',
    reason: 'The address to listen on. Nobody else reaches a server that was only tried out.',
  },
  PORT: {
    subject: 'Server',
    format: formats.wholeNumber(0, 65_535),
    default: '4000',
    reason: 'The port to listen on; 0 takes any free one.',
  },
  PUBLIC_URL: {
    subject: 'Server',
    format: formats.httpUrl,
    otherwise: '`http://localhost:PORT`',
    requiredInProduction: true,
    example: 'https://id.example.com',
    reason:
      'Where clients reach this server; links and the issuer come from it, never from a Host header. https in production, except on this machine.',
  },
  APP_URL: {
    subject: 'Server',
    format: formats.httpUrl,
    otherwise: '`PUBLIC_URL`',
    example: 'https://app.example.com',
    reason:
      'Your front end, to which the links in mails lead: `/verify-email`, `/reset-password` and `/confirm-email-change` with `?token=`. Without it this server answers there with small pages of its own.',
  },
  METRICS_PORT: {
    subject: 'Server',
    format: formats.wholeNumber(0, 65_535),
    otherwise: 'no metrics',
    example: '9090',
    reason:
      'The port of `/metrics` for Prometheus, on HOST; 0 takes any free one. A port of its own, so that it is not published by accident.',
  },
  LOG_LEVEL: {
    subject: 'Server',
    format: formats.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    reason: 'No level writes passwords, tokens, documents or variables.',
  },
  INTROSPECTION: {
    subject: 'Server',
    format: formats.flag,
    otherwise: '`true` in development and test, `false` in production',
    reason: 'A schema that strangers can read is a map of what to attack.',
  },
  DATA_DIR: {
    subject: 'Database',
    format: formats.folder,
    default: '.data',
    reason:
      'The embedded database, mails as files and what development generates. Nobody but the owner may read it. A relative path begins at the folder in which the server is started.',
  },
  DATABASE_URL: {
    subject: 'Database',
    format: formats.postgresUrl,
    otherwise: 'the embedded database in DATA_DIR',
    requiredInProduction: true,
    example: 'postgresql://gatehouse@db.example.com/gatehouse',
    reason: 'PostgreSQL 15 or newer. The embedded database serves one process.',
  },
  DATABASE_DIRECT_URL: {
    subject: 'Database',
    format: formats.postgresUrl,
    otherwise: 'DATABASE_URL',
    example: 'postgresql://gatehouse@db-direct.example.com/gatehouse',
    reason:
      'Bypasses a pooler, for migrations and for LISTEN, by which a revocation reaches every instance at once. The log warns when DATABASE_URL leads through a pooler and this is not set.',
  },
  MIGRATE: {
    subject: 'Database',
    format: formats.oneOf('auto', 'off'),
    default: 'auto',
    reason: 'With `off` the server has no need to own its tables, and `npm run cli -- migrate` changes them.',
  },
  ENCRYPTION_KEYS: {
    subject: 'Keys',
    format: formats.sealingKeys,
    otherwise: 'generated into DATA_DIR',
    requiredInProduction: true,
    reason:
      'Seal the signing keys and what else must stay secret in the database. Change them in three roll-outs: append the new one, move it to the front and run `keys reseal`, remove the old one (docs/keys.md).',
  },
  SIGNING_ALGORITHM: {
    subject: 'Keys',
    format: formats.oneOf('ES256', 'RS256', 'HS256'),
    default: 'ES256',
    reason:
      'With ES256 and RS256 others verify tokens by the public keys. With HS256 whoever can verify can also forge.',
  },
  JWT_SECRETS: {
    subject: 'Keys',
    format: formats.hmacSecrets,
    otherwise: 'generated into DATA_DIR',
    reason:
      'Required in production when SIGNING_ALGORITHM is HS256, and used for nothing else. Changed in the same roll-outs as ENCRYPTION_KEYS, without `keys reseal`.',
  },
  TOKEN_ISSUER: {
    subject: 'Tokens and sessions',
    format: formats.word,
    otherwise: 'PUBLIC_URL',
    reason: 'The claim `iss`; resource servers compare it.',
  },
  TOKEN_AUDIENCE: {
    subject: 'Tokens and sessions',
    format: formats.word,
    otherwise: 'PUBLIC_URL',
    reason: 'The claim `aud`: a token for this service is none for another.',
  },
  ACCESS_TOKEN_TTL_SECONDS: {
    subject: 'Tokens and sessions',
    format: formats.wholeNumber(1, 86_400),
    default: '1800',
    unit: 's',
    reason:
      'This server sees a revocation at once; one that only knows the public keys sees it when the token expires.',
  },
  SESSION_IDLE_TTL_SECONDS: {
    subject: 'Tokens and sessions',
    format: formats.wholeNumber(1, 31_536_000),
    default: '2592000',
    unit: 's',
    reason:
      'A session that nobody refreshed for so long (30 days) is over. Never longer than SESSION_ABSOLUTE_TTL_SECONDS.',
  },
  SESSION_ABSOLUTE_TTL_SECONDS: {
    subject: 'Tokens and sessions',
    format: formats.wholeNumber(1, 63_072_000),
    default: '7776000',
    unit: 's',
    reason: 'A session is over so long after its login (90 days), however often it was refreshed.',
  },
  SESSIONS_PER_USER: {
    subject: 'Tokens and sessions',
    format: formats.wholeNumber(1, 100),
    default: '50',
    reason: 'Live sessions of one user. A login beyond them ends the oldest.',
  },
  REFRESH_GRACE_SECONDS: {
    subject: 'Tokens and sessions',
    format: formats.wholeNumber(0, 60),
    default: '10',
    unit: 's',
    reason:
      'So long a refresh token that was just replaced still gets the same successor: parallel tabs, lost answers.',
  },
  PASSWORD_MIN_LENGTH: {
    subject: 'Passwords',
    format: formats.wholeNumber(8, 256),
    default: '15',
    unit: 'characters',
    reason: 'NIST SP 800-63B-4 asks for 15 where a password is the only factor. The longest is always 256.',
  },
  LEAKED_PASSWORDS_URL: {
    subject: 'Passwords',
    format: formats.rangeUrl,
    otherwise: 'the list that is part of the server, alone',
    example: 'https://api.pwnedpasswords.com/range/',
    reason:
      'A range service that is asked too: it learns five characters of the SHA-1 of a new password. See [passwords.md](passwords.md).',
  },
  LEAKED_PASSWORDS_TIMEOUT_SECONDS: {
    subject: 'Passwords',
    format: formats.wholeNumber(1, 30),
    default: '2',
    unit: 's',
    reason: 'So long an answer of that service is waited for.',
  },
  LEAKED_PASSWORDS_FAIL: {
    subject: 'Passwords',
    format: formats.oneOf('open', 'closed'),
    default: 'open',
    reason:
      'Without an answer of that service `open` lets the password pass, which is not on the list, and `closed` answers SERVICE_UNAVAILABLE.',
  },
  ARGON2_MEMORY_KIB: {
    subject: 'Passwords',
    format: formats.wholeNumber(8, 4_194_304),
    default: '19456',
    unit: 'KiB',
    reason: "Memory of one hash. Together with ARGON2_PASSES at least one of OWASP's minimum sets, except in tests.",
  },
  ARGON2_PASSES: {
    subject: 'Passwords',
    format: formats.wholeNumber(1, 64),
    default: '2',
    reason: 'Passes over that memory. Stronger values take effect for each user at the next login.',
  },
  ARGON2_LANES: {
    subject: 'Passwords',
    format: formats.wholeNumber(1, 16),
    default: '1',
    reason: 'Lanes of one hash; each needs at least 8 KiB.',
  },
  HASH_CONCURRENCY: {
    subject: 'Passwords',
    format: formats.wholeNumber(1, 3),
    otherwise: 'the number of cores, at most 3',
    reason: 'Hashes at once. They run on a pool of 4 threads, and files and name look-ups need the fourth.',
  },
  HASH_QUEUE: {
    subject: 'Passwords',
    format: formats.wholeNumber(0, 10_000),
    default: '100',
    reason:
      'Hashes that wait. Beyond it the answer is SERVER_BUSY, so that a flood of logins does not slow everybody else.',
  },
  SIGN_UP: {
    subject: 'Accounts and mail',
    format: formats.oneOf('open', 'closed'),
    default: 'open',
    reason: 'With `closed` accounts come from administrators, and sign-ups that are not verified yet lead to none.',
  },
  REQUIRE_VERIFIED_EMAIL: {
    subject: 'Accounts and mail',
    format: formats.flag,
    default: 'true',
    reason: 'With `false` sign-up tells a stranger which addresses have an account.',
  },
  MAIL_URL: {
    subject: 'Accounts and mail',
    format: mailUrl,
    otherwise: '`file:` in development and test',
    requiredInProduction: true,
    example: 'smtps://user:password@smtp.example.com',
    reason:
      '`file:` writes mails into `DATA_DIR/mail`. `off` in production needs SIGN_UP=closed: sign-up cannot go without mail. smtp:// to another machine needs STARTTLS; see [mail.md](mail.md).',
  },
  MAIL_FROM: {
    subject: 'Accounts and mail',
    format: formats.mailbox,
    otherwise: '`no-reply@` and the host of PUBLIC_URL',
    example: 'Example <no-reply@example.com>',
    reason: 'The sender of mails.',
  },
  MAIL_TEMPLATES_DIR: {
    subject: 'Accounts and mail',
    format: formats.folder,
    otherwise: 'the texts that are built in, in English and German',
    example: '/etc/gatehouse/mail',
    reason:
      'Files such as `fr.json` and `de.json`, which add languages of mail and replace texts. See [mail.md](mail.md); read once, at the start.',
  },
  MAILS_PER_ADDRESS_PER_HOUR: {
    subject: 'Limits',
    format: formats.wholeNumber(1, 1000),
    default: '5',
    reason:
      'Mails that strangers can cause to one address: resets, sign-ups, verifications and changes of address, each counted apart. Beyond it the answers stay the same and no mail goes out.',
  },
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: {
    subject: 'Limits',
    format: formats.wholeNumber(1, 1_000_000),
    default: '100',
    reason: 'Requests for mail from one network (/24 of IPv4, /64 of IPv6). Beyond it the answer is RATE_LIMITED.',
  },
  CORS_ORIGINS: {
    subject: 'Network',
    format: formats.origins,
    otherwise: 'none',
    reason: 'Pages of these origins may call the server from a browser.',
  },
  TRUST_PROXY: {
    subject: 'Network',
    format: formats.trustedProxies,
    default: 'false',
    example: '10.0.0.0/8',
    reason:
      'Whose X-Forwarded-For is believed. Trusting too many, or a number where callers can reach the server past the proxy, lets them choose their address. The log warns of a proxy in a private network that is not named here, and no limit counts by network behind it. Ports, brackets and quotes around an address are accepted. Clients whose entry is still not an IP address share one limit by network, and the first such entry is logged as a warning.',
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;

/** What the variables say once they are read; absent is what neither the environment nor the table gives. */
export type Values = {
  readonly [N in VariableName]:
    | ReturnType<(typeof variables)[N]['format']['parse']>
    | ((typeof variables)[N] extends { readonly default: string } ? never : undefined);
};
