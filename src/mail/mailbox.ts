/** A sender: an address, and a name that may be empty. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** Reads `name@example.com` or `Name <name@example.com>`, the forms of MAIL_FROM. */
export const readMailbox = (text: string): Mailbox => {
  const [, name = '', address = text] = /^(.+) <(.+)>$/.exec(text) ?? [];
  return { name: name.trim(), address };
};
