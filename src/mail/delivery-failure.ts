/** Why a mail did not arrive. */
export interface DeliveryFailure {
  /** A code of SMTP, of the network or of ours, such as `550 5.1.1` or `ECONNREFUSED`; never a text, which may name somebody. */
  readonly code: string;
  /**
   * `mail`: the server spoke about this mail, and the next one may fare better. `server`: it could not be reached, did not
   * let us in or fell silent, and the next one will fare alike.
   */
  readonly concerns: 'mail' | 'server';
  /** The server will say the same of this mail for ever. */
  readonly permanent: boolean;
}

/** A letter that was not made or sealed by this version with these keys. Another instance may still send it. */
export class Unsendable extends Error {
  override readonly name = 'Unsendable';

  constructor(readonly code: 'UNREADABLE' | 'UNWRITABLE') {
    super(code);
  }
}

/** What nodemailer tells about an error. */
interface SmtpError {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
  readonly permanent?: unknown;
}

/**
 * Reads what went wrong. Only a refusal of this very recipient or text is permanent: one of our login or sender is the
 * same for all mails, and an operator can put it right.
 */
export const failureOf = (error: unknown): DeliveryFailure => {
  if (error instanceof Unsendable) return { code: error.code, concerns: 'mail', permanent: false };
  const { code, originalCode, command, response, responseCode, permanent }: SmtpError =
    typeof error === 'object' && error !== null ? error : {};
  if (typeof responseCode === 'number') {
    const isOfMail = (command === 'RCPT TO' || command === 'DATA') && responseCode !== 421;
    const reply = replyCode(responseCode, typeof response === 'string' ? response : '');
    return { code: reply, concerns: isOfMail ? 'mail' : 'server', permanent: isOfMail && permanent === true };
  }
  const named = [originalCode, code].find(isCode) ?? 'UNKNOWN';
  // Ours: the time for one mail is over.
  return { code: named === 'EABORT' ? 'ETIMEDOUT' : named, concerns: 'server', permanent: false };
};

const isCode = (name: unknown): name is string => typeof name === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(name);

/** The reply and, where there is one, its enhanced status code. @see RFC 3463 */
const replyCode = (responseCode: number, response: string): string => {
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  return enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
};
