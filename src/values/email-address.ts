import tr46 from 'tr46';

/** An address as the user entered it, and in the canonical form in which it is looked up, compared and counted. */
export interface EmailAddress {
  readonly spelling: string;
  readonly canonical: string;
}

const MAX_LENGTH = 254;
const localPart = /^(?=.{1,64}$)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const invisible = /[\p{C}\p{Z}]/u;
const ascii = /^\p{ASCII}*$/u;

/** Nontransitional processing, as in browsers. @see Unicode Technical Standard 46 section 4 */
const idna = {
  checkBidi: true,
  checkJoiners: true,
  transitionalProcessing: false,
  useSTD3ASCIIRules: true,
} as const;

/**
 * Parses one email address. Returns `undefined` when it is malformed or could be mistaken for another address.
 *
 * White space around the address is trimmed, because copying and autocompletion add it. `spelling` and
 * `canonical` do not contain it.
 *
 * The local part is an ASCII dot-atom of at most 64 characters. The domain has at least two labels and may be
 * internationalized. `canonical` is lower-case ASCII of at most 254 characters. Quoted local parts, comments, address
 * literals, encoded words, commas and line breaks are refused, so that an address is always exactly one recipient in one header.
 *
 * @see RFC 5321 section 4.5.3.1, RFC 5322 section 3.2.3, RFC 5890 section 2.3.1
 */
export const parseEmailAddress = (input: string): EmailAddress | undefined => {
  const spelling = input.trim();
  if (spelling.length > MAX_LENGTH || invisible.test(spelling) || looksLikeAscii(spelling)) return undefined;
  const at = spelling.lastIndexOf('@');
  const local = spelling.slice(0, at);
  const domain = canonicalDomain(spelling.slice(at + 1));
  if (at === -1 || !domain || !localPart.test(local) || isEncodedWordIn(local)) return undefined;
  const canonical = `${local.toLowerCase()}@${domain}`;
  return canonical.length <= MAX_LENGTH ? { spelling, canonical } : undefined;
};

/**
 * Whether a text contains an encoded word, such as `=?utf-8?q?ada?=`. RFC 2047 section 5 forbids it in an address, but some
 * mail programs decode it nevertheless, and would show or answer to another address than the one that was verified.
 */
export const isEncodedWordIn = (text: string): boolean => /=\?[^?]*\?[^?]*\?[^?]*\?=/.test(text);

/**
 * Whether a character that is not ASCII becomes ASCII under case mapping or NFKC.
 *
 * The Kelvin sign in lower case is k, the dotless i in upper case is I, and NFKC maps full-width letters to ASCII. A
 * database, mail server or other program may therefore treat such an address as its ASCII twin, and a reset link for one
 * would open the account of the other. Each case mapping is also applied to the result of the other, as in case folding.
 *
 * @see Unicode Technical Report 36 section 2, Unicode Standard Annex 15
 */
const looksLikeAscii = (input: string): boolean => {
  if (ascii.test(input)) return false;
  return Array.from(input).some((character) => {
    if (ascii.test(character)) return false;
    const lower = character.toLowerCase();
    const upper = character.toUpperCase();
    const spellings = [character, lower, upper, lower.toUpperCase(), upper.toLowerCase()];
    return spellings.some((spelling) => /\p{ASCII}/u.test(spelling + spelling.normalize('NFKC')));
  });
};

/**
 * Returns the lower-case ASCII form of a domain, or `undefined` when it is not a valid domain.
 *
 * An internationalized domain must be equal to the Unicode form of its own ASCII form. The conversion to ASCII drops and
 * replaces characters (soft hyphens, variation selectors, ideographic full stops), so that domains which look different
 * would become the same, or a domain would become one that the user did not enter.
 *
 * The conversion is done by a library, with the tables of Unicode 15.0. Node's own conversion accepts `xn--a.com` in one
 * release and rejects it in another, so two instances with different releases would disagree about an address.
 */
const canonicalDomain = (domain: string): string | undefined => {
  const lower = domain.toLowerCase().normalize('NFC');
  const isPlain = ascii.test(lower) && !/(?:^|\.)xn--/.test(lower);
  if (isPlain) return domainName.test(lower) ? lower : undefined;
  const encoded = tr46.toASCII(lower, { ...idna, verifyDNSLength: true });
  if (encoded === null || !domainName.test(encoded)) return undefined;
  return encoded === lower || tr46.toUnicode(encoded, idna).domain === lower ? encoded : undefined;
};
