import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import PostalMime, { type Email } from 'postal-mime';

/** The mails of a server that writes them to files. */
export interface Mailbox {
  /** All mails to an address so far, the oldest first. */
  to(address: string): Promise<Email[]>;
  /** Waits, a minute at most, until an address has `count` mails, and answers the last. */
  waitFor(address: string, count?: number): Promise<Email>;
  /** The same of mails with a link in them. */
  waitForLink(address: string, count?: number): Promise<Email>;
}

const WAIT_MS = 60_000;
const linkForm = /[?&]token=([\w.-]+)/;

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
  const waitFor = async (address: string, count: number, counts: (mail: Email) => boolean): Promise<Email> => {
    for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline;) {
      await delay(20);
      const mails = (await to(address)).filter(counts);
      const last = mails.at(-1);
      if (last && mails.length >= count) return last;
    }
    throw new Error(`${address} has not got ${count} mails`);
  };
  return {
    to,
    waitFor: (address, count = 1) => waitFor(address, count, () => true),
    waitForLink: (address, count = 1) => waitFor(address, count, (mail) => linkForm.test(mail.text ?? '')),
  };
};

/** The token of the link in a mail. */
export const tokenIn = (mail: Email): string => {
  const token = linkForm.exec(mail.text ?? '')?.[1];
  if (token === undefined) throw new Error('the mail has no link');
  return token;
};

/** The link in a mail. */
export const linkIn = (mail: Email): string => {
  const link = /^https?:\/\/\S+$/m.exec(mail.text ?? '')?.[0];
  if (link === undefined) throw new Error('the mail has no link');
  return link;
};
