import { de } from '../../src/languages/de.js';
import { en } from '../../src/languages/en.js';
import { UnusableTemplates, type LanguageFile } from '../../src/mail/language-files.js';
import { createTranslations } from '../../src/mail/translations.js';

const file = (locale: string, texts: LanguageFile['texts'], pages: LanguageFile['pages'] = {}): LanguageFile => ({
  name: `${locale}.json`,
  locale,
  texts,
  pages,
});

/** The translations of emails, with the warnings about the files. */
const emailTranslations = (files: readonly LanguageFile[]) => {
  const { emails, notices } = createTranslations(files);
  return { ...emails, notices };
};

const french = file('fr', {
  'verify-email': {
    subject: 'Confirmez votre adresse',
    paragraphs: ['Bonjour de {service}.', '{link}', 'Merci.'],
    link: 'Confirmer',
  },
});

describe('the built-in translations', () => {
  const { locales, notices, choose } = emailTranslations([]);

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
    const { locales, notices, choose } = emailTranslations([french]);
    expect(locales).toEqual(['en', 'de', 'fr']);
    expect(choose('fr-CA', 'verify-email')).toEqual({ locale: 'fr', text: french.texts['verify-email'] });
    expect(choose('fr', 'password-changed')).toEqual({ locale: 'en', text: en.emails['password-changed'] });
    expect(notices).toEqual([
      expect.stringMatching(/^fr\.json lacks these messages.*: sign-up-attempted, reset-password/),
      expect.stringMatching(/^fr\.json lacks these texts of pages.*: shared, server, verify-email/),
    ]);
  });

  it('replaces single texts of a built-in language, and leaves the others', () => {
    const { notices, choose } = emailTranslations([file('de', { 'verify-email': { subject: 'Willkommen' } })]);
    expect(choose('de', 'verify-email').text).toEqual({ ...de.emails['verify-email'], subject: 'Willkommen' });
    expect(choose('de', 'reset-password').text).toEqual(de.emails['reset-password']);
    expect(notices).toEqual([]);
  });

  it('contains what is different in a region', () => {
    const { choose } = emailTranslations([
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
    expect(() => emailTranslations([incomplete])).toThrow(
      new UnusableTemplates(['fr.json: verify-email lacks paragraphs, link']),
    );
  });
});

describe('the pages of a language file', () => {
  const shared = Object.fromEntries(Object.keys(en.pages.shared).map((part) => [part, `fr ${part}`]));
  const page = {
    heading: 'Choisissez',
    chooseText: 'Un mot',
    chooseButton: 'Enregistrer',
    done: 'Fait',
    invalidToken: 'Non',
  };
  const french = file('fr', {}, { shared, 'reset-password': page });

  it('are in the added language, with the shared texts of the same language', () => {
    const { locales, choose } = createTranslations([french]).pages;
    expect(locales).toEqual(['en', 'de', 'fr']);
    expect(choose(['fr-CA', 'de'], 'reset-password')).toEqual({ locale: 'fr', text: page, shared });
  });

  it('are in the next requested language where the file lacks one, never in two languages', () => {
    const { choose } = createTranslations([french]).pages;
    expect(choose(['fr', 'de'], 'verify-email')).toMatchObject({ locale: 'de', shared: de.pages.shared });
    expect(choose(['fr'], 'verify-email')).toMatchObject({ locale: 'en', shared: en.pages.shared });
    const withoutShared = createTranslations([file('fr', {}, { 'reset-password': page })]).pages;
    expect(withoutShared.choose(['fr'], 'reset-password').locale).toBe('en');
  });

  it('replace single texts of a built-in language, and differ in a region', () => {
    const { choose } = createTranslations([
      file('de-AT', {}, { shared: { password: 'Neues Kennwort' } }),
      file('de', {}, { 'reset-password': { heading: 'Passwort neu wählen' } }),
    ]).pages;
    const { text, shared: austrian, locale } = choose(['de-AT'], 'reset-password');
    expect(text).toEqual({ ...de.pages['reset-password'], heading: 'Passwort neu wählen' });
    expect(austrian).toEqual({ ...de.pages.shared, password: 'Neues Kennwort' });
    expect(locale).toBe('de-AT');
    expect(choose(['de'], 'reset-password').shared).toEqual(de.pages.shared);
  });

  it('are refused when one of an added language is incomplete', () => {
    expect(() => createTranslations([file('fr', {}, { 'reset-password': { heading: 'Choisissez' } })])).toThrow(
      new UnusableTemplates(['fr.json: reset-password lacks chooseText, chooseButton, done, invalidToken']),
    );
  });
});
