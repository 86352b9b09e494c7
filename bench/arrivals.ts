import type { Email } from 'postal-mime';

import type { MailServer } from '../test/support/smtp.js';
import { readOneTimeToken } from '../src/security/tokens/one-time-token.js';

/** A mail that a server accepted. */
export interface Arrival {
  /** The left-hand side of its Message-ID, which is the id of its row in the outbox. */
  readonly id: string;
  readonly to: string;
  /** What its link is for and what it carries, if it has one. */
  readonly link?: { readonly path: string; readonly token: string; readonly tokenId: string };
}

/** What has arrived from the `from`th mail on, copies as well. */
export const arrivals = ({ accepted }: Pick<MailServer, 'accepted'>, from = 0): Arrival[] =>
  accepted.slice(from).map(({ recipients, email }) => {
    const [to = ''] = recipients;
    const id = /^<([\w-]+)@/.exec(email.messageId ?? '')?.[1];
    if (id === undefined || recipients.length !== 1)
      throw new Error('a mail without a Message-ID of ours, or not to one');
    const link = linkOf(email);
    return { id, to, ...(link ? { link } : {}) };
  });

const linkOf = ({ text = '' }: Email): Arrival['link'] => {
  const [, path, token] = /^https?:\/\/[^/]+(\/[\w-]+)\?token=([\w.-]+)/m.exec(text) ?? [];
  if (path === undefined || token === undefined) return undefined;
  return { path, token, tokenId: readOneTimeToken(token)?.id ?? '' };
};
