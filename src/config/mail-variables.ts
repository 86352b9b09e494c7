import { flag, folder, mailbox, oneOf, wholeNumber } from './formats.js';
import { mailUrl } from './mail-url.js';
import type { Variable } from './variable.js';

export const mailVariables = {
  SIGN_UP: {
    format: oneOf('open', 'closed'),
    default: 'open',
    reason: 'With `closed`, only administrators create accounts, and a pending sign-up does not lead to one.',
  },
  REQUIRE_VERIFIED_EMAIL: {
    format: flag,
    default: 'true',
    reason: 'With `false`, sign-up tells a stranger which addresses have an account.',
  },
  MAIL_URL: {
    format: mailUrl,
    otherwise: '`file:` in development and test',
    requiredInProduction: true,
    example: 'smtps://user:password@smtp.example.com',
    reason:
      '`file:` writes mails into `DATA_DIR/mail`. `off` in production requires SIGN_UP=closed, because sign-up does not work without mail. smtp:// to another machine requires STARTTLS; see [mail.md](mail.md).',
  },
  MAIL_FROM: {
    format: mailbox,
    otherwise: '`no-reply@` and the host of PUBLIC_URL',
    example: 'Example <no-reply@example.com>',
    reason: 'The sender of mails.',
  },
  MAIL_TEMPLATES_DIR: {
    format: folder,
    otherwise: 'the built-in texts, in English and German',
    example: '/etc/gatehouse/mail',
    reason:
      'Files such as `fr.json` and `de.json`, which add languages and replace texts. They are read once, at startup. See [mail.md](mail.md).',
  },
} as const satisfies Record<string, Variable>;

export const limitVariables = {
  MAILS_PER_ADDRESS_PER_HOUR: {
    format: wholeNumber(1, 1000),
    default: '5',
    reason:
      'Mails that strangers can cause to one address: resets, sign-ups, verifications and changes of address, each counted separately. Above the limit, responses stay the same and no mail is sent.',
  },
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: {
    format: wholeNumber(1, 1_000_000),
    default: '100',
    reason:
      'Requests for mail from one network (/24 of IPv4, /64 of IPv6). Above the limit, the server returns RATE_LIMITED.',
  },
} as const satisfies Record<string, Variable>;
