import tr46 from 'tr46';

/** An address as it was given, and the one spelling by which it is found, compared and counted. */
export interface EmailAddress {
  readonly spelling: string;
  readonly canonical: string;
}

const MAX_LENGTH = 254;
const localPart = /^(?=.{1,64}$)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const unseen = /[\p{C}\p{Z}]/u;
const ascii = /^\p{ASCII}*$/u;

/** Nontransitional processing as browsers do it. @see Unicode Technical Standard 46 section 4 */
const idna = {
  checkBidi: true,
  checkJoiners: true,
  transitionalProcessing: false,
  useSTD3ASCIIRules: true,
} as const;

/**
 * Reads one e-mail address, or answers `undefined` for what is none or can be mistaken for another.
 *
 * The local part is an ASCII dot-atom of at most 64 characters, the domain has at least two labels and may be
 * internationalised; `canonical` is lower-case ASCII of at most 254. Quoted local parts, comments, address literals, commas
 * and line breaks are refused, so that an address is one recipient in one header.
 *
 * @see RFC 5321 section 4.5.3.1, RFC 5322 section 3.2.3, RFC 5890 section 2.3.1
 */
export const parseEmailAddress = (input: string): EmailAddress | undefined => {
  if (input.length > MAX_LENGTH || unseen.test(input) || looksLikeAscii(input)) return undefined;
  const at = input.lastIndexOf('@');
  const local = input.slice(0, at);
  const domain = canonicalDomain(input.slice(at + 1));
  if (at === -1 || !domain || !localPart.test(local)) return undefined;
  const canonical = `${local.toLowerCase()}@${domain}`;
  return canonical.length <= MAX_LENGTH ? { spelling: input, canonical } : undefined;
};

/**
 * Whether a character that is not ASCII becomes ASCII somewhere on its way.
 *
 * Lower-casing the Kelvin sign gives k, upper-casing a dotless i gives I, NFKC takes full-width letters to plain ones: to a
 * database, a mail server or the next language such an address is its ASCII twin, and a reset link for the one would open
 * the account of the other. Each case mapping is applied to the result of the other too, which is what case folding does.
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
 * The lower-case ASCII form of a domain, or `undefined`.
 *
 * An internationalised domain has to be what its own ASCII form reads back as. The conversion itself drops and replaces
 * characters (a soft hyphen, a variation selector, an ideographic full stop): with that, two spellings a reader takes for
 * different places would be one, or one typed domain another.
 *
 * A library does the conversion, with the table of Unicode 15.0, which every supported runtime knows. The runtime's own
 * conversion accepts `xn--a.com` in one release of Node and refuses it in another, and two instances that run side by side would
 * disagree about what an address is.
 */
const canonicalDomain = (domain: string): string | undefined => {
  const lower = domain.toLowerCase().normalize('NFC');
  const isPlain = ascii.test(lower) && !/(?:^|\.)xn--/.test(lower);
  if (isPlain) return domainName.test(lower) ? lower : undefined;
  const encoded = tr46.toASCII(lower, { ...idna, verifyDNSLength: true });
  if (encoded === null || !domainName.test(encoded)) return undefined;
  return encoded === lower || tr46.toUnicode(encoded, idna).domain === lower ? encoded : undefined;
};
