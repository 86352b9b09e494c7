import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import PostalMime, { type Email } from 'postal-mime';

/** The mails of a server that writes them to files. */
export interface Mailbox {
  /** All mails to an address so far, the oldest first. */
  to(address: string): Promise<Email[]>;
  /** Waits, five seconds at most, until an address has `count` mails, and answers the last. */
  waitFor(address: string, count?: number): Promise<Email>;
}

export const openMailbox = (dataDir: string): Mailbox => {
  const folder = join(dataDir, 'mail');
  const to = async (address: string): Promise<Email[]> => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        return { writtenAt: (await stat(path)).mtimeMs, mail: await PostalMime.parse(await readFile(path)) };
      }),
    );
    return files
      .sort((a, b) => a.writtenAt - b.writtenAt)
      .map(({ mail }) => mail)
      .filter((mail) => mail.to?.some((recipient) => recipient.address === address));
  };
  return {
    to,
    async waitFor(address, count = 1) {
      for (const deadline = Date.now() + 5000; Date.now() < deadline;) {
        await delay(20);
        const mails = await to(address);
        const last = mails.at(-1);
        if (last && mails.length >= count) return last;
      }
      throw new Error(`${address} has not got ${count} mails`);
    },
  };
};

/** The token of the link in a mail. */
export const tokenIn = (mail: Email): string => {
  const token = /[?&]token=([\w.-]+)/.exec(mail.text ?? '')?.[1];
  if (token === undefined) throw new Error('the mail has no link');
  return token;
};

/** The link in a mail. */
export const linkIn = (mail: Email): string => {
  const link = /^https?:\/\/\S+$/m.exec(mail.text ?? '')?.[0];
  if (link === undefined) throw new Error('the mail has no link');
  return link;
};
