import pc from 'picocolors';

import type { SentEmail } from '../mail/mail-sender.js';
import type { Terminal } from './terminal.js';

/**
 * Creates the function that shows each sent email, with its link, on a developer's terminal. Returns undefined for any other
 * output: it may be stored where others can read it, and the link proves the ownership of an account.
 */
export const createEmailDisplay = (terminal: Terminal): ((email: SentEmail) => void) | undefined => {
  if (!terminal.isTTY) return undefined;
  return ({ to, subject, link }) => {
    terminal.write(`\n${pc.bold(`Email to ${to}: ${subject}`)}\n${link === undefined ? '' : `${pc.cyan(link)}\n`}\n`);
  };
};
