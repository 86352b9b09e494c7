/** Why an email was not delivered. */
export interface DeliveryFailure {
  /** A code of SMTP, the network or our own, such as `550 5.1.1` or `ECONNREFUSED`; never a text, which may name a person. */
  readonly code: string;
  /**
   * `mail`: the server responded to this email, and the next one may succeed. `server`: the server is unreachable, refused
   * the login or did not respond, and the next email will fail in the same way.
   */
  readonly concerns: 'mail' | 'server';
  /** Whether the server will refuse every further attempt. */
  readonly permanent: boolean;
}

/**
 * This instance cannot open or compose an email, because it was sealed with another key or queued by another version. Another
 * instance may be able to send it.
 */
export class Unsendable extends Error {
  override readonly name = 'Unsendable';

  constructor(readonly code: 'UNREADABLE' | 'UNWRITABLE') {
    super(code);
  }
}

/** The properties of nodemailer's errors. */
interface SmtpError {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
  readonly permanent?: unknown;
}

/**
 * Classifies an error of a transport. Only a refusal of this recipient or this content is permanent: a refusal of our login
 * or sender is the same for all emails, and the operator can fix its cause.
 */
export const deliveryFailureOf = (error: unknown): DeliveryFailure => {
  if (error instanceof Unsendable) return { code: error.code, concerns: 'mail', permanent: false };
  const { code, originalCode, command, response, responseCode, permanent }: SmtpError =
    typeof error === 'object' && error !== null ? error : {};
  if (typeof responseCode === 'number') {
    const isAboutMail = (command === 'RCPT TO' || command === 'DATA') && responseCode !== 421;
    const reply = replyCode(responseCode, typeof response === 'string' ? response : '');
    return { code: reply, concerns: isAboutMail ? 'mail' : 'server', permanent: isAboutMail && permanent === true };
  }
  const name = [originalCode, code].find(isErrorCode) ?? 'UNKNOWN';
  // The sender aborts an email that takes too long.
  return { code: name === 'EABORT' ? 'ETIMEDOUT' : name, concerns: 'server', permanent: false };
};

const isErrorCode = (name: unknown): name is string => typeof name === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(name);

/** The reply code and, if there is one, the enhanced status code. @see RFC 3463 */
const replyCode = (responseCode: number, response: string): string => {
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  return enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
};
