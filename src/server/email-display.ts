import pc from 'picocolors';

import type { SentEmail } from '../mail/mail-sender.js';
import { escapeControls } from '../values/escape-controls.js';
import type { Terminal } from './terminal.js';

/**
 * Creates the function that shows each sent email, with its link, on a developer's terminal. Returns undefined for any other
 * output: it may be stored where others can read it, and the link proves the ownership of an account.
 */
export const createEmailDisplay = (terminal: Terminal): ((email: SentEmail) => void) | undefined => {
  if (!terminal.isTTY) return undefined;
  return ({ to, subject, link }) => {
    const heading = pc.bold(escapeControls(`Email to ${to}: ${subject}`));
    terminal.write(`\n${heading}\n${link === undefined ? '' : `${pc.cyan(escapeControls(link))}\n`}\n`);
  };
};
