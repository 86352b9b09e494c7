import { createApplicationMails, type ApplicationMails, type Mails } from '../../mail/application-mails.js';
import { createEmailComposer, type ComposedEmail, type EmailComposerOptions } from '../../mail/compose.js';
import type { Message } from '../../mail/email-message.js';
import type { TemplateName } from '../../mail/templates.js';

const TOKEN = 'a-token-of-nobody.it-opens-nothing-and-is-here-to-be-as-long-as-real';
const AT = '2026-05-04T13:37:00Z';

const samples: { readonly [T in TemplateName]: Extract<Message, { readonly template: T }> } = {
  'verify-email': { template: 'verify-email', token: TOKEN },
  'sign-up-attempted': { template: 'sign-up-attempted' },
  'reset-password': { template: 'reset-password', token: TOKEN },
  'change-email': { template: 'change-email', token: TOKEN },
  'email-change-requested': { template: 'email-change-requested', newEmail: 'ada.lovelace@example.org' },
  'email-changed': { template: 'email-changed', newEmail: 'ada.lovelace@example.org' },
  'email-assigned': { template: 'email-assigned' },
  'password-changed': { template: 'password-changed' },
  'new-device': { template: 'new-device', device: 'Firefox on Linux', network: '203.0.113.0/24', at: AT },
  'deletion-scheduled': { template: 'deletion-scheduled', eraseAfter: AT },
  'account-deleted': { template: 'account-deleted' },
};

/** Every message, and the new-device message for an unknown device, which has its own text. */
const messages: Readonly<Record<string, Message>> = {
  ...samples,
  'new-device-unknown': { template: 'new-device', device: null, network: null, at: AT },
};

/** A mail of the application, with the names of its placeholders as their values. */
const sampleOf = (mail: string, { forms, messageOf }: ApplicationMails) => {
  const { placeholders = [], hasLink = false } = forms.get(mail) ?? {};
  const values = Object.fromEntries(placeholders.map((name) => [name, `(${name})`]));
  return messageOf(mail, { ...values, ...(hasLink ? { link: '/example' } : {}) });
};

/** One message in one language, with sample values. */
export interface EmailPreview extends ComposedEmail {
  readonly name: string;
}

/**
 * Composes every message in every language as it would be sent.
 *
 * @param mails those of the application
 * @throws UnusableTexts
 */
export const composeEmailPreviews = (
  options: EmailComposerOptions,
  mails: Mails,
): { previews: EmailPreview[]; notices: readonly string[] } => {
  const applicationMails = createApplicationMails(mails);
  const { locales, mailLocales, notices, compose } = createEmailComposer(options, applicationMails);
  const own = locales.flatMap((locale) =>
    Object.entries(messages).map(([name, message]) => ({ ...compose({ locale, message }), locale, name })),
  );
  const others = mailLocales.flatMap((locale) =>
    Object.keys(mails).map((name) => {
      const message = sampleOf(name, applicationMails);
      return { ...compose({ locale, message }), locale, name };
    }),
  );
  return { previews: [...own, ...others], notices };
};
