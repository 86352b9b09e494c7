/** What a mail says. A link's token is part of it, so a letter is a secret until it is delivered. */
export type Message =
  { readonly template: 'verify-email'; readonly token: string } | { readonly template: 'sign-up-attempted' };

/** A mail before it is written: to whom, in which language, about what. */
export interface Letter {
  /** The stored spelling of the address, and nothing else. */
  readonly to: string;
  readonly locale: string | null;
  readonly message: Message;
}
