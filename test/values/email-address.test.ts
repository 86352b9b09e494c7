import { domainToASCII } from 'node:url';

import { parseEmailAddress } from '../../src/values/email-address.js';

const characters = codePoints();

const canonical = (input: string): string | undefined => parseEmailAddress(input)?.canonical;

describe('e-mail address', () => {
  it('keeps the spelling it was given and is found by lower-case ASCII', () => {
    expect(parseEmailAddress('Ada.Lovelace+Engine@Example.COM')).toEqual({
      spelling: 'Ada.Lovelace+Engine@Example.COM',
      canonical: 'ada.lovelace+engine@example.com',
    });
  });

  it('is trimmed of white space around it', () => {
    const trimmed = { spelling: 'Ada@example.com', canonical: 'ada@example.com' };
    expect(parseEmailAddress(' \t\r\nAda@example.com\n \t')).toEqual(trimmed);
    expect(parseEmailAddress('\u00a0\ufeffAda@example.com\v\u3000')).toEqual(trimmed);
    expect(parseEmailAddress(`${' '.repeat(1_000_000)}Ada@example.com`)).toEqual(trimmed);
  });

  it.each([
    ['a@b.co', 'a@b.co'],
    ["!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"],
    ['a@sub-domain.1st.example', 'a@sub-domain.1st.example'],
    ['a@M\u00dcNCHEN.example', 'a@xn--mnchen-3ya.example'],
    ['a@mu\u0308nchen.example', 'a@xn--mnchen-3ya.example'],
    ['a@xn--mnchen-3ya.example', 'a@xn--mnchen-3ya.example'],
    ['a@XN--MNCHEN-3YA.example', 'a@xn--mnchen-3ya.example'],
    ['a@\u4f8b\u3048.\u30c6\u30b9\u30c8', 'a@xn--r8jz45g.xn--zckzah'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    [`a@${'b'.repeat(63)}.com`, `a@${'b'.repeat(63)}.com`],
  ])('is accepted: %s', (input, expected) => {
    expect(canonical(input)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['no at sign', 'example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'a@'],
    ['two at signs', 'a@b@example.com'],
    ['no dot in the domain', 'a@localhost'],
    ['a leading dot', '.a@example.com'],
    ['a trailing dot', 'a.@example.com'],
    ['two dots', 'a..b@example.com'],
    ['a quoted local part', '"a b"@example.com'],
    ['a quoted local part that needs no quotes', '"a"@example.com'],
    ['a comment', 'a(b)@example.com'],
    ['a display name', 'Ada <a@example.com>'],
    ['an encoded word', '=?utf-8?q?x?=@example.com'],
    ['an encoded word in the middle', 'a.=?US-ASCII*en?B?eA==?=.b@example.com'],
    ['a second recipient', 'a@example.com,b@example.com'],
    ['a recipient list', 'a;b@example.com'],
    ['a header behind', 'a@example.com\r\nBcc: b@example.com'],
    ['a line feed inside', 'a\n@example.com'],
    ['a NUL', 'a\0@example.com'],
    ['DEL', 'a\u007f@example.com'],
    ['a no-break space', 'a@exam\u00a0ple.com'],
    ['a zero width joiner', 'a@exam\u200dple.com'],
    ['a soft hyphen', 'a@exam\u00adple.com'],
    ['a variation selector', 'a@exam\ufe0fple.com'],
    ['a right-to-left override', 'a@exam\u202eple.com'],
    ['a lone surrogate', 'a@ex\ud800mple.com'],
    ['a local part that is not ASCII', '\u00e4@example.com'],
    ['an address literal', 'a@[127.0.0.1]'],
    ['a number for a host', 'a@127.0.0.1'],
    ['a number for a host in other digits', 'a@127.0.0.\uff11'],
    ['an underscore in the domain', 'a@ex_ample.com'],
    ['a percent sign in the domain', 'a@m%C3%BCnchen\u00e9.com'],
    ['a hyphen at an end', 'a@-example.com'],
    ['a hyphen at the other end', 'a@example-.com'],
    ['a root dot', 'a@example.com.'],
    ['an ideographic full stop', 'a@example\u3002com'],
    ['an A-label that decodes to nothing', 'a@xn--a.com'],
    ['an A-label of nothing', 'a@xn--.com'],
    ['an A-label that decodes to ASCII', 'a@xn--abc-.com'],
    ['an A-label that is not in its own canonical form', 'a@xn--mnchen-3yA\u0308.com'],
    ['an A-label of an unassigned character', 'a@xn--22g.com'],
    ['an A-label beside a U-label', 'a@xn--mnchen-3ya.m\u00fcnchen'],
    ['a label of 64 characters', `a@${'b'.repeat(64)}.com`],
    ['a local part of 65 characters', `${'a'.repeat(65)}@example.com`],
    ['255 characters', `a@${'b.'.repeat(125)}com`],
    ['255 characters once the domain is ASCII', `a@${'\u00fc.'.repeat(60)}com`],
    ['a megabyte', `a@${'b'.repeat(1_000_000)}.com`],
    ['a megabyte of spaces inside', `a${' '.repeat(1_000_000)}@example.com`],
  ])('is refused: %s', (_, input) => {
    expect(parseEmailAddress(input)).toBeUndefined();
  });

  it.each([
    ['dotless i', '\u0131', 'i'],
    ['I with a dot', '\u0130', 'i'],
    ['the Kelvin sign', '\u212a', 'k'],
    ['long s', '\u017f', 's'],
    ['sharp s', '\u00df', 'ss'],
    ['capital sharp s', '\u1e9e', 'ss'],
    ['a ligature', '\ufb01', 'fi'],
    ['a full-width letter', '\uff41', 'a'],
    ['a mathematical letter', '\u{1d41a}', 'a'],
    ['a circled letter', '\u24d0', 'a'],
    ['a full-width full stop', '\uff0e', '.'],
  ])('is no twin of its ASCII look-alike by %s', (_, character, ascii) => {
    expect(canonical(`a@x${ascii}x.com`)).toBeDefined();
    expect(canonical(`a@x${character}x.com`)).toBeUndefined();
    expect(canonical(`x${character}x@example.com`)).toBeUndefined();
  });

  it('is refused with any code point that a case mapping or NFKC takes to ASCII', () => {
    const accepted = characters.filter((character) => {
      const { lower, upper } = { lower: character.toLowerCase(), upper: character.toUpperCase() };
      const forms = [lower, upper, upper.toLowerCase(), lower.toUpperCase(), character.normalize('NFKC')];
      const becomesAscii = forms.some((form) => /\p{ASCII}/u.test(form)) || /[\0-\x7f]/iu.test(character);
      return becomesAscii && parseEmailAddress(`a@x${character}x.com`) !== undefined;
    });
    expect(accepted).toEqual([]);
  });

  it('has a domain in ASCII only when it was given in ASCII, and one that no resolver takes for another', () => {
    // Of the ideographs and syllables, which are alike by the thousand, every hundredth.
    const uniform = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}\p{Script=Egyptian_Hieroglyphs}]/u;
    const sampled = characters.filter((character, index) => !uniform.test(character) || index % 100 === 0);
    const mistaken = sampled.filter((character) => {
      const domain = canonical(`a@x${character}x.com`)?.slice(2);
      return domain !== undefined && !(domain.startsWith('xn--') && domainToASCII(domain) === domain);
    });
    expect(mistaken).toEqual([]);
  });
});

/** Every code point past ASCII that is a character. */
function codePoints(): string[] {
  const all: string[] = [];
  for (let point = 0x80; point <= 0x10ffff; point += 1) {
    const character = String.fromCodePoint(point);
    if (/\p{Assigned}/u.test(character) && !/[\p{Co}\p{Cs}]/u.test(character)) all.push(character);
  }
  return all;
}
