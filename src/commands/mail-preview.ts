import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Config } from '../config/config.js';
import type { Message } from '../mail/email-message.js';
import { createEmailComposer } from '../mail/compose.js';
import type { TemplateName } from '../mail/templates.js';

const TOKEN = 'a-token-of-nobody.it-opens-nothing-and-is-here-to-be-as-long-as-real';
const AT = '2026-05-04T13:37:00Z';

const samples: { readonly [T in TemplateName]: Extract<Message, { readonly template: T }> } = {
  'verify-email': { template: 'verify-email', token: TOKEN },
  'sign-up-attempted': { template: 'sign-up-attempted' },
  'reset-password': { template: 'reset-password', token: TOKEN },
  'change-email': { template: 'change-email', token: TOKEN },
  'email-change-requested': { template: 'email-change-requested', newEmail: 'ada.lovelace@example.org' },
  'email-changed': { template: 'email-changed', newEmail: 'ada.lovelace@example.org' },
  'password-changed': { template: 'password-changed' },
  'new-device': { template: 'new-device', device: 'Firefox on Linux', network: '203.0.113.0/24', at: AT },
  'deletion-scheduled': { template: 'deletion-scheduled', eraseAfter: AT },
  'account-deleted': { template: 'account-deleted' },
};

/** Every message, and the one that has something to say when it knows nothing. */
const previews: Readonly<Record<string, Message>> = {
  ...samples,
  'new-device-unknown': { template: 'new-device', device: null, network: null, at: AT },
};

/** What was written, and where. */
export interface Preview {
  readonly files: number;
  readonly folder: string;
  readonly notices: readonly string[];
}

/**
 * Writes each message in each language as `<language>/<message>.txt` and `.html`, as they would be sent, with made-up values
 * and no database.
 *
 * @throws UnusableTemplates
 */
export const previewMail = async (config: Config, out?: string): Promise<Preview> => {
  const folder = out === undefined ? join(config.dataDir, 'mail-preview') : resolve(out);
  const { locales, notices, compose } = createEmailComposer(config);
  let files = 0;
  for (const locale of locales) {
    await mkdir(join(folder, locale), { recursive: true, mode: 0o700 });
    for (const [name, message] of Object.entries(previews)) {
      const { subject, text, html } = compose({ locale, message });
      await writeFile(join(folder, locale, `${name}.txt`), `Subject: ${subject}\n\n${text}`);
      await writeFile(join(folder, locale, `${name}.html`), html);
      files += 2;
    }
  }
  return { files, folder, notices };
};
