import { composeEmailPreviews } from '../../../src/auth/mail/email-previews.js';
import { templates } from '../../../src/mail/templates.js';

const { previews, notices } = composeEmailPreviews({
  publicUrl: 'https://id.example.com',
  mailFrom: { name: 'Example', address: 'no-reply@example.com' },
});

describe('the previews of emails', () => {
  it('have every message in every language, and the new-device message for an unknown device', () => {
    const names = [...Object.keys(templates), 'new-device-unknown'];
    for (const locale of ['en', 'de']) {
      const inLocale = previews.filter((preview) => preview.locale === locale);
      expect(inLocale.map(({ name }) => name).sort()).toEqual([...names].sort());
    }
    expect(previews).toHaveLength(2 * names.length);
    expect(notices).toEqual([]);
  });

  it('are complete: no text is empty and no placeholder is left', () => {
    for (const { subject, text, html } of previews) {
      for (const part of [subject, text, html]) {
        expect(part.trim()).not.toBe('');
        expect(part).not.toMatch(/\{\w+\}/);
      }
    }
  });
});
