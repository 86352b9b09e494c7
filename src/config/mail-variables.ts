import { flag, folder, oneOf, redisUrl, wholeNumber } from './formats.js';
import { mailUrl } from './mail-url.js';
import { mailbox } from './mailbox.js';
import type { Variable } from './variable.js';

export const mailVariables = {
  SIGN_UP: {
    format: oneOf('open', 'closed'),
    default: 'open',
    reason: 'With `closed`, only administrators can create users, and pending sign-ups cannot be completed.',
  },
  REQUIRE_VERIFIED_EMAIL: {
    format: flag,
    default: 'true',
    reason:
      'Whether users must verify their email address before they can log in. With `false`, sign-up reveals which addresses have an account.',
  },
  MAIL_URL: {
    format: mailUrl,
    isSecret: true,
    otherwise: '`file:` in development and test',
    requiredInProduction: true,
    example: 'smtps://user:password@smtp.example.com',
    reason:
      'The mail server. `file:` writes emails to `DATA_DIR/mail` instead. `off` drops them; in production it requires SIGN_UP=closed, because sign-up needs email. smtp:// to another machine requires STARTTLS. See [mail.md](mail.md).',
  },
  MAIL_FROM: {
    format: mailbox,
    otherwise: '`no-reply@` followed by the host of PUBLIC_URL',
    example: 'Example <no-reply@example.com>',
    reason:
      'The sender of all emails. A name with a comma, a colon or parentheses must be in quotes: a part in parentheses is a comment and is not sent. The name is also that of the service in the texts of emails.',
  },
  MAIL_TEMPLATES_DIR: {
    format: folder,
    otherwise: 'the built-in texts, in English and German',
    example: '/etc/gatehouse/mail',
    reason:
      'A folder with files such as `fr.json` and `de.json`, which add languages to the emails and replace texts. They are read once, at startup. See [mail.md](mail.md).',
  },
} as const satisfies Record<string, Variable>;

export const limitVariables = {
  LOGIN_ATTEMPTS_PER_ACCOUNT: {
    format: wholeNumber(1, 1000),
    default: '10',
    reason:
      'The number of wrong passwords for one email address in 15 minutes, in all operations that ask for a password. From the sixth on, each further attempt has to wait. A device from which the user has logged in before has five more attempts a day, so that others cannot lock the user out.',
  },
  LOGIN_ATTEMPTS_PER_NETWORK: {
    format: wholeNumber(1, 1_000_000),
    default: '100',
    reason:
      'The number of wrong passwords from one address (IPv4) or /64 (IPv6) in 15 minutes. The /24 or /48 around it has ten times as many.',
  },
  MAILS_PER_ADDRESS_PER_HOUR: {
    format: wholeNumber(1, 1000),
    default: '3',
    reason:
      'The number of emails that requests can cause for one address. Sign-ups, verifications, password resets and email changes are counted separately. Above the limit, the response stays the same and no email is sent, so that the limit does not reveal who has an account.',
  },
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: {
    format: wholeNumber(1, 1_000_000),
    default: '20',
    reason:
      'The number of requests for an email from one address (IPv4) or /64 (IPv6). The /24 or /48 around it has ten times as many. Above the limit, the server returns RATE_LIMITED.',
  },
  MAX_QUERY_COST: {
    format: wholeNumber(1, 1_000_000),
    default: '10000',
    reason:
      'The largest cost of a GraphQL operation: the number of fields that its response can contain. What is below a list counts once for each element (`first`, `last`, or 20). An operation that costs 10,000 takes about 50 ms of CPU time. Above the limit, the server returns QUERY_TOO_COMPLEX. See [errors.md](errors.md#limits-of-documents).',
  },
  REDIS_URL: {
    format: redisUrl,
    isSecret: true,
    otherwise: 'the database counts',
    example: 'rediss://:password@redis.example.com:6379/0',
    reason:
      'The Redis server that counts attempts for rate limits, which saves writes to the database. While it is unavailable, the database counts. Emails to an address are always counted in the database.',
  },
} as const satisfies Record<string, Variable>;
