import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';

/** A mail, written. `id` is stable over retries and becomes the Message-ID, so that a reader can drop a second copy. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Brings one mail to its destination. Resolves when it is there, throws when it is not. */
export interface MailTransport {
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Where mail goes and who sends it. `domain` is the right-hand side of every Message-ID. */
export interface MailTransportOptions {
  readonly mailUrl: string;
  readonly mailFrom: string;
  readonly domain: string;
  readonly dataDir: string;
}

/** Chooses by MAIL_URL: SMTP, or one `.eml` file a mail in `DATA_DIR/mail`. `off` drops it. */
export const createMailTransport = (options: MailTransportOptions): MailTransport => {
  if (options.mailUrl === 'off') return nowhere;
  return options.mailUrl.startsWith('smtp') ? smtp(options) : files(options);
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

const smtp = (options: MailTransportOptions): MailTransport => {
  const transporter = createTransport({
    url: options.mailUrl,
    pool: true,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      await transporter.sendMail(headers(options, mail));
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
