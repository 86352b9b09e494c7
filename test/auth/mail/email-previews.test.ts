import { composeEmailPreviews } from '../../../src/auth/mail/email-previews.js';
import { templates } from '../../../src/mail/templates.js';

const options = {
  publicUrl: 'https://id.example.com',
  mailFrom: { name: 'Example', address: 'no-reply@example.com' },
};
const { previews, notices } = composeEmailPreviews(options, {});

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

  it('have the mails of the application in each of their languages', () => {
    const mail = { subject: 'For {name}', paragraphs: ['Hello {name}', '{link}'], link: 'Open' };
    const all = composeEmailPreviews(options, { 'a-mail': { en: mail, fr: { ...mail, subject: 'Pour {name}' } } });
    const found = all.previews.filter(({ name }) => name === 'a-mail');
    expect(found.map(({ locale, subject, link }) => [locale, subject, link])).toEqual([
      ['en', 'For (name)', 'https://id.example.com/example'],
      ['fr', 'Pour (name)', 'https://id.example.com/example'],
    ]);
  });
});
