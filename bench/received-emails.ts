import type { Email } from 'postal-mime';

import type { MailServer } from '../test/support/smtp.js';
import { readOneTimeToken } from '../src/security/tokens/one-time-token.js';

/** An email that the mail server accepted. */
export interface ReceivedEmail {
  /** The left-hand side of the Message-ID, which is the id of the outbox row. */
  readonly id: string;
  readonly to: string;
  /** The link in the email, if it has one. */
  readonly link?: { readonly path: string; readonly token: string; readonly tokenId: string };
}

/** Reads the emails that were received from index `from` on, including duplicates. */
export const receivedEmails = ({ accepted }: Pick<MailServer, 'accepted'>, from = 0): ReceivedEmail[] =>
  accepted.slice(from).map(({ recipients, email }) => {
    const [to = ''] = recipients;
    const id = /^<([\w-]+)@/.exec(email.messageId ?? '')?.[1];
    if (id === undefined || recipients.length !== 1)
      throw new Error('An email has a foreign Message-ID, or more or less than one recipient.');
    const link = linkOf(email);
    return { id, to, ...(link ? { link } : {}) };
  });

const linkOf = ({ text = '' }: Email): ReceivedEmail['link'] => {
  const [, path, token] = /^https?:\/\/[^/]+(\/[\w-]+)\?token=([\w.-]+)/m.exec(text) ?? [];
  if (path === undefined || token === undefined) return undefined;
  return { path, token, tokenId: readOneTimeToken(token)?.id ?? '' };
};
