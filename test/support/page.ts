import { print } from 'graphql';

import { createSession, type Session, type SessionOptions } from '../../examples/clients/session.js';
import { createMemoryStorage, createWebStorage } from '../../examples/clients/storage.js';
import type { TestUser } from './app.js';
import type { Browser } from './browser.js';
import type { Ask, Open } from './clients.js';
import { LoginDocument, type LoginMutation } from './generated/operations.js';

/** A page of a front end: a session, and a client that sends its operations. */
export interface Page {
  readonly ask: Ask;
  readonly session: Session;
  logIn(user: Pick<TestUser, 'email' | 'password'>): Promise<void>;
  /** How often the page was told that it is logged out. */
  timesLoggedOut(): number;
}

/** Opens a page in a browser. It keeps its tokens as docs/clients.md tells the reader of either transport to. */
export const openPage = (
  browser: Browser,
  open: Open,
  url: string,
  options: Partial<Pick<SessionOptions, 'transport' | 'locks'>> = {},
): Page => {
  const { transport = 'body' } = options;
  let times = 0;
  const session = createSession({
    url,
    transport,
    storage: transport === 'body' ? createWebStorage(browser.localStorage) : createMemoryStorage(),
    onLoggedOut: () => (times += 1),
    fetch: browser.fetch,
    locks: browser.locks,
    ...options,
  });
  return {
    ask: open(url, session),
    session,
    async logIn({ email, password }) {
      const response = await session.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: print(LoginDocument), variables: { input: { email, password } } }),
      });
      const { data } = (await response.json()) as { data: LoginMutation };
      if (data.login.__typename !== 'LoginSuccess') throw new Error(data.login.__typename);
      session.begin(data.login);
    },
    timesLoggedOut: () => times,
  };
};
