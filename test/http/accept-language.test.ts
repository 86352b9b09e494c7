import { acceptedLanguages } from '../../src/http/accept-language.js';

describe('the languages that a client accepts', () => {
  it.each([
    ['none, without a header', undefined, []],
    ['none, of an empty one', '', []],
    ['those named, in their order', 'de-CH,de,en', ['de-CH', 'de', 'en']],
    ['the most wanted first', 'en;q=0.2, de;q=0.7, fr', ['fr', 'de', 'en']],
    ['not those that are not wanted', 'de;q=0, en', ['en']],
    ['not those whose weight is no number', 'de;q=x, en', ['en']],
    ['not a wildcard, which names none', '*, en;q=0.5', ['en']],
    ['nothing that is no tag', 'toString(), __proto__, "><script>, a, de_DE, en', ['en']],
    ['nothing longer than a tag can be', `${'abcdefgh-'.repeat(4)}abc, en`, ['en']],
    ['nothing past the first 256 characters', `${' '.repeat(256)}de`, []],
  ])('are %s', (_description, header, languages) => {
    expect(acceptedLanguages(header)).toEqual(languages);
  });
});
