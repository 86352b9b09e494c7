import type { Locks } from '../../examples/clients/session.js';
import type { StorageArea } from '../../examples/clients/storage.js';

/** A request as it left the browser. */
export interface Sent {
  readonly document: string;
  readonly authorization: string | null;
}

/** As much of a browser as clients use: what its tabs share, and a record of what they sent. */
export interface Browser {
  /** Sends the Origin of its pages, and keeps the refresh cookie where no script sees it. */
  readonly fetch: typeof fetch;
  readonly localStorage: StorageArea;
  readonly locks: Locks;
  readonly sent: readonly Sent[];
  /** How many refreshes were sent. */
  refreshes(): number;
  /** How often an operation was sent whose document has `text` in it. */
  count(text: string): number;
  /** Sets what the network does: it responds in place of the server, throws, or passes the request on. */
  onRequest(network: (sent: Sent) => Response | undefined): void;
  /** Called, and awaited, between a response and the page that requested it. */
  onResponse(network: (sent: Sent) => unknown): void;
}

/** Opens a browser whose pages are of `origin`. */
export const openBrowser = (origin: string): Browser => {
  const sent: Sent[] = [];
  let cookie: string | undefined;
  let before: (sent: Sent) => Response | undefined = () => undefined;
  let after: (sent: Sent) => unknown = () => undefined;
  const count = (text: string) => sent.filter(({ document }) => document.includes(text)).length;

  const send: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('origin', origin);
    const withCookies = init?.credentials === 'include';
    if (withCookies && cookie !== undefined) headers.set('cookie', cookie);
    const { query } = JSON.parse(init?.body as string) as { query: string };
    const request = { document: query, authorization: headers.get('authorization') };
    sent.push(request);
    const instead = before(request);
    if (instead) return instead;
    const response = await fetch(input, { ...init, headers });
    const set = response.headers.get('set-cookie');
    if (withCookies && set !== null) cookie = set.includes('Max-Age=0;') ? undefined : set.split(';')[0];
    await after(request);
    return response;
  };

  return {
    fetch: send,
    localStorage: createArea(),
    // Node has them from version 24 on.
    locks: (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks ?? createLocks(),
    sent,
    refreshes: () => count('refreshSession'),
    count,
    onRequest: (network) => (before = network),
    onResponse: (network) => (after = network),
  };
};

const createArea = (): StorageArea => {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
};

/** Web Locks within one process: one holder a name, the others in the order in which they came. */
const createLocks = (): Locks => {
  const last = new Map<string, Promise<unknown>>();
  return {
    request(name, work) {
      const turn = (last.get(name) ?? Promise.resolve()).then(work);
      last.set(
        name,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
};
