import { de } from '../../src/languages/de.js';
import { en } from '../../src/languages/en.js';
import { UnusableTemplates, type LanguageFile } from '../../src/mail/language-files.js';
import { createEmailTranslations } from '../../src/mail/translations.js';

const file = (locale: string, texts: LanguageFile['texts']): LanguageFile => ({
  name: `${locale}.json`,
  locale,
  texts,
});

const french = file('fr', {
  'verify-email': {
    subject: 'Confirmez votre adresse',
    paragraphs: ['Bonjour de {service}.', '{link}', 'Merci.'],
    link: 'Confirmer',
  },
});

describe('the built-in translations', () => {
  const { locales, notices, choose } = createEmailTranslations([]);

  it('are complete in every language', () => {
    expect(locales).toEqual(['en', 'de']);
    expect(notices).toEqual([]);
    expect(choose('de', 'account-deleted')).toEqual({ locale: 'de', text: de.emails['account-deleted'] });
  });

  it('are English for a user whose language is not known', () => {
    expect(choose(null, 'account-deleted')).toEqual({ locale: 'en', text: en.emails['account-deleted'] });
  });
});

describe('a language file', () => {
  it('adds a language; messages that it lacks are sent entirely in English, and a notice says so', () => {
    const { locales, notices, choose } = createEmailTranslations([french]);
    expect(locales).toEqual(['en', 'de', 'fr']);
    expect(choose('fr-CA', 'verify-email')).toEqual({ locale: 'fr', text: french.texts['verify-email'] });
    expect(choose('fr', 'password-changed')).toEqual({ locale: 'en', text: en.emails['password-changed'] });
    expect(notices).toEqual([expect.stringMatching(/^fr\.json lacks .*: sign-up-attempted, reset-password/)]);
  });

  it('replaces single texts of a built-in language, and leaves the others', () => {
    const { notices, choose } = createEmailTranslations([file('de', { 'verify-email': { subject: 'Willkommen' } })]);
    expect(choose('de', 'verify-email').text).toEqual({ ...de.emails['verify-email'], subject: 'Willkommen' });
    expect(choose('de', 'reset-password').text).toEqual(de.emails['reset-password']);
    expect(notices).toEqual([]);
  });

  it('contains what is different in a region', () => {
    const { choose } = createEmailTranslations([
      file('de-AT', { 'verify-email': { subject: 'Servus' } }),
      file('de', { 'verify-email': { link: 'Weiter' } }),
    ]);
    const austrian = { ...de.emails['verify-email'], subject: 'Servus', link: 'Weiter' };
    expect(choose('de-AT', 'verify-email')).toEqual({ locale: 'de-AT', text: austrian });
    expect(choose('de-AT', 'password-changed').locale).toBe('de');
    expect(choose('de', 'verify-email').text.subject).not.toBe('Servus');
  });

  it('is refused when a message of an added language is incomplete', () => {
    const incomplete = file('fr', { 'verify-email': { subject: 'Confirmez votre adresse' } });
    expect(() => createEmailTranslations([incomplete])).toThrow(
      new UnusableTemplates(['fr.json: verify-email lacks paragraphs, link']),
    );
  });
});
