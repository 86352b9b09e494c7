import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';

import type { Config } from '../config/config.js';
import { isEncodedWordIn } from '../values/email-address.js';
import { MAIL_SEND_SECONDS } from '../values/policy.js';
import { Unsendable } from './delivery-failure.js';

/** An email that is ready to be sent. */
export interface Mail {
  /** The same for every attempt. It becomes the Message-ID, by which a mail program recognizes a second copy. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailTransport {
  /** Resolves when the email was accepted, and rejects when it was not or soon after `signal` is aborted. */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface MailTransportOptions extends Pick<Config, 'mailUrl' | 'mailFrom' | 'dataDir'> {
  /** APP_NAME, which is the name of the sender if MAIL_FROM has none. */
  readonly appName?: string | undefined;
  /** The right-hand side of every Message-ID. */
  readonly domain: string;
  /** The maximum number of connections to a mail server. */
  readonly connections: number;
}

/** Chooses the transport by MAIL_URL: SMTP, one `.eml` file per email in `DATA_DIR/mail`, or `off`, which drops emails. */
export const createMailTransport = (options: MailTransportOptions): MailTransport => {
  const { mailUrl } = options;
  if (mailUrl === 'off') return nullTransport;
  return mailUrl === 'file:' ? createFileTransport(options) : createSmtpTransport({ ...options, mailUrl });
};

const nullTransport: MailTransport = { send: () => Promise.resolve(), close: () => undefined };

const senderOf = ({ mailFrom: { name, address }, appName = '' }: MailTransportOptions) => ({
  name: name || appName,
  address,
});

/**
 * The sender and the recipient are objects, so that no comma, quote or line break in an address can add a second one. An
 * address with an encoded word, which was stored before such addresses were refused, is not written: a mail program could
 * decode it into another address.
 *
 * @throws Unsendable
 */
const headers = (options: MailTransportOptions, mail: Mail) => {
  if (isEncodedWordIn(mail.to)) throw new Unsendable('UNWRITABLE');
  return {
    from: senderOf(options),
    to: { name: '', address: mail.to },
    messageId: `<${mail.id}@${options.domain}>`,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
};

/** How long a mail server may take to accept a connection and to greet. It has not received an email by then. */
const CONNECTION_MS = 30_000;

const createSmtpTransport = (
  options: MailTransportOptions & { mailUrl: Exclude<Config['mailUrl'], string> },
): MailTransport => {
  const { host, port, tls, auth } = options.mailUrl;
  const transporter = createTransport({
    pool: true,
    maxConnections: options.connections,
    host,
    port,
    auth,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: CONNECTION_MS,
    greetingTimeout: CONNECTION_MS,
    // Not shorter than the time that the mail sender gives an email: the server may be silent while it checks the content.
    socketTimeout: MAIL_SEND_SECONDS * 1000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail, signal) {
      await transporter.sendMail({ ...headers(options, mail), signal });
    },
    close: () => transporter.close(),
  };
};

const createFileTransport = (options: MailTransportOptions): MailTransport => {
  const folder = join(options.dataDir, 'mail');
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    async send(mail) {
      const { message } = await composer.sendMail(headers(options, mail));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const path = join(folder, `${mail.id}.eml`);
      // Renamed when complete, so that a program that watches the folder never reads part of an email.
      await writeFile(`${path}.part`, message as Buffer, { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
    close: () => undefined,
  };
};
