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
    case 'reset-password':
      return {
        subject: 'Choose a new password',
        before: 'Somebody, hopefully you, asked for a new password. To choose one, open this link:',
        link: { label: 'Choose a new password', url: `${appUrl}/reset-password?token=${message.token}` },
        after: 'The link works once, for one hour. If it was not you, do nothing: your password has not changed.',
      };
    case 'change-email':
      return {
        subject: 'Confirm your new e-mail address',
        before: 'You asked to use this address for your account. To confirm it, open this link:',
        link: { label: 'Use this address', url: `${appUrl}/confirm-email-change?token=${message.token}` },
        after: 'The link works once, for one hour. If it was not you, do nothing.',
      };
    case 'email-change-requested':
      return {
        subject: 'Your e-mail address is about to change',
        before: `Your account is about to use the address ${message.newEmail}, once it is confirmed there.`,
        after: 'If it was not you, change your password now.',
      };
    case 'email-changed':
      return {
        subject: 'Your e-mail address has changed',
        before: `Your account uses the address ${message.newEmail} from now on.`,
        after: 'If it was not you, tell those who run this service.',
      };
    case 'password-changed':
      return {
        subject: 'Your password has changed',
        before: 'The password of your account has just been changed, and everybody who was logged in is logged out.',
        after: 'If it was not you, ask for a new password now.',
      };
    case 'new-device':
      return {
        subject: 'A login from a new device',
        before: `Somebody logged in to your account at ${message.at} from ${message.device ?? 'a device'} (${message.network ?? 'unknown network'}).`,
        after: 'If it was not you, change your password now.',
      };
    case 'deletion-scheduled':
      return {
        subject: 'Your account will be deleted',
        before: `Your account and everything in it will be deleted after ${message.eraseAfter}.`,
        after: 'Until then you can log in and keep it.',
      };
    case 'account-deleted':
      return {
        subject: 'Your account has been deleted',
        before: 'Your account and everything that was kept about you have been deleted.',
        after: 'This is the last mail that you get from us.',
      };
  }
};

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
