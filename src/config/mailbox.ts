import addressparser from 'nodemailer/lib/addressparser';

import { isEncodedWordIn, parseEmailAddress } from '../values/email-address.js';
import { InvalidValue, type Format } from './formats.js';

/** The sender of emails. `name` is empty when there is none. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

const form = '`name@example.com` or `Name <name@example.com>`';

/**
 * Parses one mailbox of RFC 5322, with the parser that also writes the header. The name can be in quotes, and a part in
 * parentheses is a comment, which is not sent.
 *
 * The parser repairs what is malformed: of two addresses it keeps one, and `Name name@example.com` becomes a name and an
 * address. What it leaves out could be what the operator meant, so text that is not accounted for is refused.
 */
export const mailbox: Format<Mailbox> = {
  form,
  parse: (text) => {
    if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text)) throw new InvalidValue(`must be ${form}.`);
    const entries = addressparser(text);
    if (entries.some(({ group }) => group !== undefined))
      throw new InvalidValue('is a group of addresses. Emails have one sender; a name with a colon must be in quotes.');
    if (entries.length > 1) throw new InvalidValue('is a list of addresses. Emails have one sender.');
    const { name, address = '' } = entries[0] ?? { name: '' };
    if (isEncodedWordIn(name))
      throw new InvalidValue('has an encoded name. Write the name itself; it is encoded when it is sent.');
    if (!isAddress(address) || !isAccountedFor(text, address)) throw new InvalidValue(`must be ${form}.`);
    return Object.freeze({ name: bareOf(text).replace(/[<>]/g, '') === address ? '' : name, address });
  },
};

/** The host of a sender can have no dot, as in `no-reply@localhost`. */
const isAddress = (text: string): boolean =>
  [text, `${text}.example`].some((address) => parseEmailAddress(address)?.spelling === address);

/** The parser would write a semicolon in a name as a comma. */
const isAccountedFor = (text: string, address: string): boolean => {
  const rest = bareOf(text).replaceAll('""', '').trim();
  return rest === address || /^[^<>@;]*<[^<>]*>$/.test(rest);
};

/** Removes the comments, and the content of what is in quotes. The parser takes a comment for the name if there is no other. */
const bareOf = (text: string): string => withoutComments(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')).trim();

const withoutComments = (text: string): string => {
  const rest = text.replace(/\([^()]*\)/g, '');
  return rest === text ? text : withoutComments(rest);
};
