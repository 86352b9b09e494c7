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

/** One message in one language, with sample values. */
export interface EmailPreview extends ComposedEmail {
  readonly name: string;
}

/**
 * Composes every message in every language as it would be sent.
 *
 * @throws UnusableTemplates
 */
export const composeEmailPreviews = (
  options: EmailComposerOptions,
): { previews: EmailPreview[]; notices: readonly string[] } => {
  const { locales, notices, compose } = createEmailComposer(options);
  const previews = locales.flatMap((locale) =>
    Object.entries(messages).map(([name, message]) => ({ ...compose({ locale, message }), locale, name })),
  );
  return { previews, notices };
};
