import type { Message } from './letter.js';

/** What a mail says, in plain text and as simple HTML. */
export interface Written {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Where its link leads, if it has one. */
  readonly link?: string;
}

interface Words {
  readonly subject: string;
  readonly before: string;
  readonly link?: { readonly label: string; readonly url: string };
  readonly after: string;
}

/**
 * Writes a message. Links begin with `appUrl` from the configuration, never with what a request says of the host: a
 * forged Host header would otherwise send the token to whoever forged it.
 */
export const write = (message: Message, appUrl: string): Written => {
  const words = wordsOf(message, appUrl);
  const { subject, before, link, after } = words;
  const text = [before, ...(link ? [link.url] : []), after].join('\n\n') + '\n';
  const anchor = link ? `<p><a href="${escape(link.url)}">${escape(link.label)}</a></p>` : '';
  const html = `<!doctype html><html lang="en"><body><p>${escape(before)}</p>${anchor}<p>${escape(after)}</p></body></html>\n`;
  return { subject, text, html, ...(link ? { link: link.url } : {}) };
};

const wordsOf = (message: Message, appUrl: string): Words => {
  switch (message.template) {
    case 'verify-email':
      return {
        subject: 'Confirm your e-mail address',
        before: 'Somebody, hopefully you, signed up with this address. To confirm that it is yours, open this link:',
        link: { label: 'Confirm this address', url: `${appUrl}/verify-email?token=${message.token}` },
        after:
          'The link works once, for 24 hours. If it was not you, do nothing: without the link the account is never made.',
      };
    case 'sign-up-attempted':
      return {
        subject: 'You have an account already',
        before:
          'Somebody, perhaps you, tried to sign up with this address. You have an account already: log in instead.',
        after: 'If it was not you, do nothing. Your account has not changed.',
      };
  }
};

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
