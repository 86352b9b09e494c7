import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A refusal as a mail server gives it: a reply, with the text after it. */
export const refusal = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });

/** A mail server that takes what comes, except where a test says otherwise. */
export interface MailServer {
  readonly port: number;
  /** What it has accepted, in that order. */
  readonly accepted: { readonly recipients: readonly string[]; readonly email: Email }[];
  /** Users and passwords that were shown to it. */
  readonly credentials: string[];
  close(): Promise<void>;
}

/** What it does with a recipient, and with a mail that it has read: rejects with a refusal, waits, or goes on. */
export interface MailServerBehaviour {
  readonly port?: number;
  readonly onRecipient?: (address: string) => Promise<void> | void;
  readonly onMail?: (recipients: readonly string[]) => Promise<void> | void;
  /** By default it offers neither TLS nor a login. */
  readonly options?: SMTPServerOptions;
}

export const startMailServer = async (behaviour: MailServerBehaviour = {}): Promise<MailServer> => {
  const { port = 0, onRecipient, onMail, options = { disabledCommands: ['STARTTLS', 'AUTH'] } } = behaviour;
  const accepted: MailServer['accepted'] = [];
  const credentials: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 100,
    onAuth({ username = '', password = '' }, _session, done) {
      credentials.push(`${username}:${password}`);
      done(null, { user: username });
    },
    onRcptTo({ address }, _session, done) {
      void (async () => onRecipient?.(address))().then(() => done(), done);
    },
    onData(stream, { envelope }, done) {
      const recipients = envelope.rcptTo.map(({ address }) => address);
      void buffer(stream)
        .then(async (bytes) => {
          await onMail?.(recipients);
          accepted.push({ recipients, email: await PostalMime.parse(bytes) });
        })
        .then(() => done(null, 'accepted'), done);
    },
    ...options,
  });
  // A client that hangs up, or does not trust the certificate, is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    port: (server.server.address() as AddressInfo).port,
    accepted,
    credentials,
    close: () => new Promise<void>((closed) => server.close(closed)),
  };
};
