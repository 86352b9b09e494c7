import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';

import type { Config } from '../config/config.js';

/** A mail, written. `id` is stable over retries and becomes the Message-ID, so that a reader can drop a second copy. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Brings one mail to its destination. */
export interface MailTransport {
  /** Resolves when it is there, throws when it is not, and soon when `signal` says that nobody waits any longer. */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Where mail goes and who sends it. `domain` is the right-hand side of every Message-ID. */
export interface MailTransportOptions extends Pick<Config, 'mailUrl' | 'mailFrom' | 'dataDir'> {
  readonly domain: string;
  /** Connections to a mail server. */
  readonly connections: number;
}

/** Chooses by MAIL_URL: SMTP, or one `.eml` file a mail in `DATA_DIR/mail`. `off` drops it. */
export const createMailTransport = (options: MailTransportOptions): MailTransport => {
  const { mailUrl } = options;
  if (mailUrl === 'off') return nowhere;
  return mailUrl === 'file:' ? files(options) : smtp({ ...options, mailUrl });
};

const nowhere: MailTransport = { send: () => Promise.resolve(), close: () => undefined };

// The recipient is given as an object, so that no comma, quote or line break in it can make a second one.
const headers = ({ mailFrom, domain }: MailTransportOptions, mail: Mail) => ({
  from: mailFrom,
  to: { name: '', address: mail.to },
  messageId: `<${mail.id}@${domain}>`,
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  headers: { 'Auto-Submitted': 'auto-generated' },
});

/** A server that says nothing for so long is given up; the limit of a whole mail is its sender's. */
const SILENCE_MS = 30_000;

const smtp = (options: MailTransportOptions & { mailUrl: Exclude<Config['mailUrl'], string> }): MailTransport => {
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
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
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

const files = (options: MailTransportOptions): MailTransport => {
  const folder = join(options.dataDir, 'mail');
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    async send(mail) {
      const { message } = await composer.sendMail(headers(options, mail));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const path = join(folder, `${mail.id}.eml`);
      // Whoever watches the folder finds whole mails only.
      await writeFile(`${path}.part`, message as Buffer, { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
    close: () => undefined,
  };
};
